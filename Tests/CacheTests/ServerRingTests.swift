import Glibc
import Testing

@testable import Cache

struct ServerRingTests {
    private static let keys = [
        "directory:1000@tenant1.example", "dialplan:tenant1.example", "configuration:acl.conf",
        "pbx1:configuration:sofia.conf", "a", "dialplan:public:+493012345", "directory:jörg@tenant.example",
        "languages:en:60000000-0000-4000-8000-000000000001",
    ]

    /// What libmemcached 1.1.4 said about these keys.
    @Test(
        arguments: [
            ("10.0.0.1,10.0.0.2,10.0.0.3", .ketama, [1, 0, 2, 1, 1, 2, 0, 2]),
            ("10.0.0.1,10.0.0.2,10.0.0.3", .modula, [1, 1, 2, 2, 0, 1, 1, 1]),
            ("127.0.0.1:11311,127.0.0.1:11312,127.0.0.1:11313,127.0.0.1:11314", .ketama, [0, 1, 1, 0, 1, 2, 0, 1]),
            ("127.0.0.1:11311,127.0.0.1:11312,127.0.0.1:11313,127.0.0.1:11314", .modula, [2, 2, 1, 0, 2, 3, 1, 3]),
            ("cache-a,cache-b:11212/?3", .ketama, [1, 0, 1, 1, 1, 1, 0, 1]),
            ("cache-a", .ketama, [0, 0, 0, 0, 0, 0, 0, 0]),
        ] as [(String, ServerRing.Distribution, [Int])]
    )
    private func sendsKeysWhereLibmemcachedDoes(
        list: String,
        distribution: ServerRing.Distribution,
        places: [Int]
    ) throws {
        let ring = ServerRing(try #require(ServerAddress.list(list)), distribution)
        #expect(Self.keys.map { ring.server(of: $0) } == places.map { $0 })
    }

    /// The library itself, where it is installed: thousands of keys.
    @Test(.enabled(if: Libmemcached.isThere), arguments: ServerRing.Distribution.allCases)
    private func agreesWithTheLibrary(distribution: ServerRing.Distribution) throws {
        for list in ["10.0.0.1,10.0.0.2:12000,host.example,[::1]:11300", "a,b:11212/?3,c/?2", "x,y,z,w,v,u,t"] {
            let servers = try #require(ServerAddress.list(list))
            let ring = ServerRing(servers, distribution)
            let library = try #require(Libmemcached(servers, distribution))
            let keys = (0..<2000).map { "directory:\($0)@tenant\($0 % 7).example" }
            let differing = keys.filter { ring.server(of: $0) != library.server(of: $0) }
            #expect(differing == [])
        }
    }

    @Test func movesFewKeysWhenAServerIsGone() throws {
        let all = try #require(ServerAddress.list("a,b,c,d"))
        let (before, after) = (ServerRing(all, .ketama), ServerRing(Array(all.dropLast()), .ketama))
        let keys = (0..<4000).map { "dialplan:tenant\($0).example" }
        // Those that the lost server had go elsewhere; nobody else's do.
        let kept = keys.filter { before.server(of: $0) != 3 }
        #expect(kept.allSatisfy { before.server(of: $0) == after.server(of: $0) })
        #expect(kept.count > keys.count * 65 / 100)
    }

    @Test func nobodyHasKeysWithoutServers() {
        #expect(ServerRing([], .ketama).server(of: "a") == nil)
    }

    @Test(
        arguments: [
            ("localhost", "localhost:11211"), ("localhost:1", "localhost:1"), ("[::1]:11300", "[::1]:11300"),
            ("::1", "[::1]:11211"), ("a, b:2", "a:11211 b:2"), ("a:0", nil), ("a:b", nil), ("a:70000", nil),
            ("", nil), (",", nil), ("a,b c", nil), ("a/?0", nil),
        ] as [(String, String?)]
    )
    private func readsLists(text: String, servers: String?) {
        #expect(ServerAddress.list(text)?.map(\.description).joined(separator: " ") == servers)
    }
}

/// Debian's library, asked where it would look for a key.
private final class Libmemcached {
    private typealias Create = @convention(c) (OpaquePointer?) -> OpaquePointer?
    private typealias SetBehaviour = @convention(c) (OpaquePointer?, Int32, UInt64) -> Int32
    private typealias AddServer = @convention(c) (OpaquePointer?, UnsafePointer<CChar>, UInt16, UInt32) -> Int32
    private typealias ServerByKey =
        @convention(c) (OpaquePointer?, UnsafePointer<CChar>, Int, UnsafeMutablePointer<Int32>) -> OpaquePointer?
    private typealias Name = @convention(c) (OpaquePointer?) -> UnsafePointer<CChar>?
    private typealias Port = @convention(c) (OpaquePointer?) -> UInt16

    private static let handle = Handle(dlopen("libmemcached.so.11", RTLD_NOW))
    static var isThere: Bool { handle.pointer != nil }
    private static let ketamaWeighted: Int32 = 16

    // @unchecked: the library stays loaded, and may be asked from anywhere.
    private struct Handle: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer?
        init(_ pointer: UnsafeMutableRawPointer?) { self.pointer = pointer }
    }

    private let servers: [ServerAddress]
    private let memory: OpaquePointer
    private let serverByKey: ServerByKey
    private let name: Name
    private let port: Port

    init?(_ servers: [ServerAddress], _ distribution: ServerRing.Distribution) {
        func symbol<Function>(_ name: String, as type: Function.Type) -> Function? {
            dlsym(Self.handle.pointer, name).map { unsafeBitCast($0, to: type) }
        }
        guard let create = symbol("memcached_create", as: Create.self),
            let set = symbol("memcached_behavior_set", as: SetBehaviour.self),
            let add = symbol("memcached_server_add_with_weight", as: AddServer.self),
            let serverByKey = symbol("memcached_server_by_key", as: ServerByKey.self),
            let name = symbol("memcached_server_name", as: Name.self),
            let port = symbol("memcached_server_port", as: Port.self), let memory = create(nil)
        else { return nil }
        if distribution == .ketama { _ = set(memory, Self.ketamaWeighted, 1) }
        for server in servers { _ = add(memory, server.host, UInt16(server.port), UInt32(server.weight)) }
        (self.servers, self.memory, self.serverByKey, self.name, self.port) =
            (servers, memory, serverByKey, name, port)
    }

    func server(of key: String) -> Int? {
        var fault: Int32 = 0
        guard let found = serverByKey(memory, key, key.utf8.count, &fault), let host = name(found) else { return nil }
        let number = Int(port(found))
        return servers.firstIndex { $0.host == String(cString: host) && $0.port == number }
    }
}

import Base
import Cache
import Glibc
import Logging
import SwitchCore
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import Memcache

/// The command `memcache`, with a real server, and without one.
struct MemcacheTests {
    private static let usage = MemcacheRequest.usage

    private func makeSwitch(_ servers: String, password: String = "", log: LogCapture? = nil) throws -> Switch {
        let shown =
            password.isEmpty
            ? ""
            : """
            <param name="memcache-user" value="joe"/><param name="memcache-password" value="\(password)"/>
            """
        return try Switch.simulated(
            on: SimulatedLoop(),
            xml: """
                <document type="freeswitch/xml"><section name="configuration"><configuration name="memcache.conf">
                  <settings><param name="memcache-servers" value="\(servers)"/>\(shown)</settings>
                </configuration></section></document>
                """,
            ports: 46700...46800,
            modules: [],
            logger: Logger(label: "test") { _ in log ?? SwiftLogNoOpLogHandler() as any LogHandler }
        )
    }

    /// A password that is wrong is told of once in the log, and in the status, without it.
    @Test(.enabled(if: MemcachedProcess.isInstalled)) func tellsOfAWrongPassword() async throws {
        let (file, log) = (TemporaryDirectory(), LogCapture())
        chmod(file.path, 0o755)
        let server = try MemcachedProcess(users: file.write("joe:secret\n", to: "users"))
        defer { withExtendedLifetime(server) {} }
        let softswitch = try makeSwitch("127.0.0.1:\(server.port)", password: "kV3qz8Rw", log: log)
        let module = MemcacheModule(softswitch)
        try await module.start()
        // A busy machine may not connect in time at first.
        let wanted = "  127.0.0.1 (\(server.port))\n    -ERR \(MemcachedFault.unauthorized)\n"
        var status = ""
        for _ in 0..<500 where !status.contains(wanted) {
            status = await softswitch.execute(command: "memcache status")
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(status.contains(wanted))
        for _ in 0..<500 where log.lines.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        for _ in 0..<20 { _ = await softswitch.execute(command: "memcache get a") }
        #expect(log.lines.count { $0.contains("the user and the password") } == 1)
        #expect(!(log.lines + [status]).joined().contains("kV3qz8Rw"))
        await module.stop()
    }

    /// Commands and FreeSWITCH's answers, one after the other.
    @Test(.enabled(if: MemcachedProcess.isInstalled)) func answersAsFreeSWITCHDoes() async throws {
        let server = try MemcachedProcess()
        defer { withExtendedLifetime(server) {} }
        let softswitch = try makeSwitch("127.0.0.1:\(server.port)")
        let module = MemcacheModule(softswitch)
        try await module.start()
        func run(_ arguments: String) async -> String? { await softswitch.execute(command: "memcache \(arguments)") }
        // The first answer may be late on a busy machine.
        for _ in 0..<500 where await run("get nothing") != "-ERR NOT FOUND\n" {
            try await Task.sleep(for: .milliseconds(20))
        }
        for (arguments, answer) in [
            ("get a", "-ERR NOT FOUND\n"), ("set a b", "+OK\n"), ("get a", "b"), ("getflags a", "0"),
            ("SET a 'b c\\'d\\\\e' 100 1f", "+OK\n"), ("get a", "b c'd\\e"), ("getflags a", "1f"),
            ("add a x", "-ERR NOT STORED\n"), ("add b x", "+OK\n"), ("replace b y 0", "+OK\n"), ("get b", "y"),
            ("replace c y", "-ERR NOT STORED\n"), ("delete b", "+OK\n"), ("delete b", "-ERR NOT FOUND\n"),
            ("increment n", "1"), ("increment n", "2"), ("increment n 5", "7"), ("decrement n 3", "4"),
            ("decrement n 9", "0"), ("increment m 4", "4"), ("decrement o", "0"),
            ("increment a", "-ERR CLIENT ERROR\n"),
            ("", Self.usage), ("get", Self.usage), ("set a", Self.usage), ("fetch a", Self.usage),
            ("status", "Lib version: tandem\nServers: 1\n  127.0.0.1 (\(server.port))\n"), ("flush", "+OK\n"),
            ("get a", "-ERR NOT FOUND\n"),
            ("get \(String(repeating: "x", count: 251))", "-ERR \(MemcachedFault.badKey)\n"),
        ] {
            let found = await run(arguments)
            #expect(found == answer, "memcache \(arguments)")
        }
        #expect(await run("status verbose")?.contains("\n    curr_connections: ") == true)
        await module.stop()
        #expect(softswitch.commands["memcache"] == nil)
    }

    /// Documents that are kept somewhere are forgotten, whether a server has the key, has it not, or is away.
    @Test func tellsThoseWhoKeepDocuments() async throws {
        let hole = BlackHole()
        let softswitch = try makeSwitch("127.0.0.1:\(hole.port)")
        let module = MemcacheModule(softswitch)
        try await module.start()
        let keeper = Keeper()
        softswitch.documentCaches.register(keeper, as: "keeper")
        _ = await softswitch.execute(command: "memcache delete directory:1000@one.example")
        _ = await softswitch.execute(command: "memcache flush")
        _ = await softswitch.execute(command: "memcache get directory:1000@one.example")
        #expect(keeper.forgotten.withLock { $0 } == ["directory:1000@one.example", "everything"])
        await module.stop()
    }

    private final class Keeper: DocumentCache {
        let forgotten = Mutex<[String]>([])

        func forget(_ key: String) async -> Int {
            forgotten.withLock { $0.append(key) }
            return 1
        }

        func forgetAll() async -> Int { await forget("everything") }
    }

    @Test func saysWhyThereIsNoAnswer() async throws {
        let softswitch = try makeSwitch("127.0.0.1:1")
        let module = MemcacheModule(softswitch)
        try await module.start()
        for _ in 0..<3 {
            let answer = await softswitch.execute(command: "memcache get a")
            #expect([MemcachedFault.unreachable, .leftAlone].map { "-ERR \($0)\n" }.contains(answer))
        }
        let status = await softswitch.execute(command: "memcache status")
        #expect(status.contains("\n-ERR Error communicating with servers (") == true)
        await module.stop()
    }

    @Test(
        arguments: [
            (#"<param name="memcache-servers" value="a:b"/>"#, "memcache-servers"),
            (#"<param name="memcache-server" value="a"/>"#, "did you mean \"memcache-servers\"?"),
            (#"<param name="distribution" value="random"/>"#, "distribution"),
        ]
    )
    private func checkSaysWhatIsWrong(settings: String, wrong: String) throws {
        let text = "<configuration><settings>\(settings)</settings></configuration>"
        let node = try XMLDocument.parse(Array(text.utf8), named: "test")
        #expect(MemcacheCheck.diagnostics(for: node).contains { $0.message.contains(wrong) })
    }
}

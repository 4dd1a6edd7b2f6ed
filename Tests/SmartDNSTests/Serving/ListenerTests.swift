import Base
import DNSMessage
import Glibc
import TandemTesting
import Testing

@testable import SmartDNS

/// What strangers can do to the listeners.
@Suite(.timeLimit(.minutes(1))) struct ListenerTests {
    private static func connect(_ endpoint: IPEndpoint) -> CInt {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = endpoint.port.bigEndian
        address.sin_addr.s_addr = UInt32(truncatingIfNeeded: endpoint.address.low).bigEndian
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }

    /// A question for an address that is there, after its length.
    private static let question: [UInt8] =
        [0, 33, 0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3] + Array("sip".utf8) + [7] + Array("example".utf8) + [3]
        + Array("net".utf8) + [0, 0, 1, 0, 1]

    /// How many bytes come in answer to a question; 0 when the connection is ended.
    private static func answer(_ descriptor: CInt) -> Int {
        _ = send(descriptor, question, question.count, Int32(MSG_NOSIGNAL))
        var buffer = [UInt8](repeating: 0, count: 512)
        return max(recv(descriptor, &buffer, buffer.count, 0), 0)
    }

    private func withListener(_ body: (IPEndpoint) throws -> Void) async throws {
        var settings = try Example.configuration()
        (settings.addresses, settings.port) = ([.loopbackV4], 0)
        var listener = DNSListener(SteeringDesk(settings), settings)
        for _ in 0..<50 {
            do {
                try await listener.start()
                break
            } catch {
                // The port that is free for datagrams may not be for connections.
                await listener.stop()
                listener = DNSListener(SteeringDesk(settings), settings)
            }
        }
        let endpoint = try #require(listener.endpoints.last)
        let result = Result { try body(endpoint) }
        await listener.stop()
        try result.get()
    }

    /// One address has so many connections and no more, and another one's are not concerned.
    @Test func oneAddressDoesNotTakeAll() async throws {
        try await withListener { endpoint in
            let own = (0..<DNSListener.maximumConnectionsOfOne).map { _ in Self.connect(endpoint) }
            defer { for descriptor in own { close(descriptor) } }
            #expect(own.allSatisfy { Self.answer($0) > 0 })
            let further = Self.connect(endpoint)
            defer { close(further) }
            #expect(Self.answer(further) == 0)
            #expect(Self.answer(own[0]) > 0)
        }
    }

    /// Who asks and takes no answers is not read from any more, so that nothing piles up.
    @Test func whoDoesNotReadIsNotReadFrom() async throws {
        try await withListener { endpoint in
            let descriptor = Self.connect(endpoint)
            defer { close(descriptor) }
            var (receive, sent) = (CInt(4096), 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive, socklen_t(MemoryLayout<CInt>.size))
            let block = [[UInt8]](repeating: Self.question, count: 500).flatMap { $0 }
            var limit = timeval(tv_sec: 1, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            // The buffers of both systems are full at some time; without a limit it would be read for ever.
            while sent < 200_000_000 {
                let count = send(descriptor, block, block.count, Int32(MSG_NOSIGNAL))
                guard count > 0 else { break }
                sent += count
            }
            #expect(sent < 200_000_000)
            let other = Self.connect(endpoint)
            defer { close(other) }
            #expect(Self.answer(other) > 0)
        }
    }

    /// A socket that somebody answers at stays theirs, and a file is no socket; what was left behind is taken away.
    @Test func socketsOfOthersStay() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/pdns.sock"
        func makeSocket() throws -> BackendSocket {
            BackendSocket(BackendDesk(SteeringDesk(try Example.configuration()), keys: nil) { _ in }, path: path)
        }
        let first = try makeSocket()
        try await first.start()
        let second = try makeSocket()
        await #expect(throws: BackendSocketFault.isTaken(path)) { try await second.start() }
        await second.stop()
        #expect(access(path, F_OK) == 0)
        await first.stop()
        #expect(access(path, F_OK) != 0)
        // Left behind by a process that was killed.
        let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(left, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        close(left)
        #expect(isBound == 0)
        let third = try makeSocket()
        try await third.start()
        await third.stop()
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        let fourth = try makeSocket()
        await #expect(throws: BackendSocketFault.isNoSocket(path)) { try await fourth.start() }
        await fourth.stop()
        #expect(access(path, F_OK) == 0)
    }
}

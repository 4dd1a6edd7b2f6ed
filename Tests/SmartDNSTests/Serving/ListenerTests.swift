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
        connect(descriptor, endpoint)
        return descriptor
    }

    private static func connect(_ descriptor: CInt, _ endpoint: IPEndpoint) {
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

    private func withListener(
        at address: IPAddress = .loopbackV4,
        idleTime: Duration = .seconds(10),
        _ body: (IPEndpoint) throws -> Void
    ) async throws {
        var settings = try Example.configuration()
        (settings.addresses, settings.port, settings.rates.perSecond) = ([address], 0, 0)
        var listener = DNSListener(SteeringDesk(settings), settings, idleTime: idleTime)
        for _ in 0..<50 {
            do {
                try await listener.start()
                break
            } catch {
                // The port that is free for datagrams may not be for connections.
                await listener.stop()
                listener = DNSListener(SteeringDesk(settings), settings, idleTime: idleTime)
            }
        }
        let endpoint = try #require(listener.endpoints.last)
        let result = Result { try body(endpoint) }
        await listener.stop()
        try result.get()
    }

    /// All addresses of both families may be listened on together.
    @Test func allAddressesOfBothFamilies() async throws {
        var settings = try Example.configuration()
        let all = [try #require(IPAddress("0.0.0.0")), try #require(IPAddress("::"))]
        // The port that is free for datagrams may not be for connections.
        func freePort() throws -> Int { Int(try DatagramListener(all[1], port: 0).endpoint.port) }
        for _ in 0..<50 {
            (settings.addresses, settings.port) = (all, try freePort())
            let listener = DNSListener(SteeringDesk(settings), settings)
            let isListening: Void? = try? await listener.start()
            let endpoints = listener.endpoints
            await listener.stop()
            guard isListening != nil else { continue }
            #expect(Set(endpoints.map(\.address)) == Set(all))
            #expect(Set(endpoints.map(\.port)) == [UInt16(settings.port)])
            return
        }
        Issue.record("it never listens on both")
    }

    /// The messages that come on a connection, each after its length, until there are so many or it ends.
    private static func messages(_ descriptor: CInt, _ count: Int) -> [[UInt8]] {
        var (bytes, found): ([UInt8], [[UInt8]]) = ([], [])
        var buffer = [UInt8](repeating: 0, count: 4096)
        while found.count < count {
            let received = recv(descriptor, &buffer, buffer.count, 0)
            guard received > 0 else { return found }
            bytes += buffer[..<received]
            while bytes.count >= 2, bytes.count >= Int(bytes[0]) << 8 + Int(bytes[1]) + 2 {
                let length = Int(bytes[0]) << 8 + Int(bytes[1])
                found.append(Array(bytes[2..<(length + 2)]))
                bytes.removeFirst(length + 2)
            }
        }
        return found
    }

    /// Questions may come together, and in pieces of any length (RFC 7766 §6.2.1, §8); each gets its answer.
    @Test(arguments: [1, 2, 3, 34, 35, 36, 1000]) func pieces(size: Int) async throws {
        try await withListener { endpoint in
            let descriptor = Self.connect(endpoint)
            defer { close(descriptor) }
            var numbered: [UInt8] = []
            for number in 0..<UInt8(5) {
                numbered += Self.question
                numbered[numbered.count - Self.question.count + 3] = number
            }
            var noDelay: CInt = 1
            setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<CInt>.size))
            for start in stride(from: 0, to: numbered.count, by: size) {
                let piece = Array(numbered[start..<min(start + size, numbered.count)])
                #expect(send(descriptor, piece, piece.count, Int32(MSG_NOSIGNAL)) == piece.count)
            }
            let answers = try Self.messages(descriptor, 5).map { try DNSMessage(parsing: $0) }
            #expect(answers.map { $0.id & 0xFF } == [0, 1, 2, 3, 4])
            #expect(answers.allSatisfy { $0.answers.count == 1 })
        }
    }

    /// Whoever begins a question and does not end it is not waited for, however slowly the bytes come.
    @Test func unfinishedQuestionsEnd() async throws {
        try await withListener(idleTime: .milliseconds(200)) { endpoint in
            let descriptor = Self.connect(endpoint)
            defer { close(descriptor) }
            var ended = false
            for byte in Self.question.dropLast() where !ended {
                _ = send(descriptor, [byte], 1, Int32(MSG_NOSIGNAL))
                var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                ended = poll(&entry, 1, 50) > 0
            }
            #expect(ended)
            #expect(Self.answer(descriptor) == 0)
        }
    }

    /// Datagrams that are no questions get no answer, and the next one does.
    @Test func datagrams() async throws {
        try await withListener { endpoint in
            let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            defer { close(descriptor) }
            Self.connect(descriptor, endpoint)
            for bytes in [[], [1], Array(Self.question[2...13]), Array(repeating: UInt8(255), count: 1400)] {
                _ = send(descriptor, bytes, bytes.count, 0)
            }
            for number in 0..<UInt8(200) {
                var question = Array(Self.question.dropFirst(2))
                question[1] = number
                _ = send(descriptor, question, question.count, 0)
                var buffer = [UInt8](repeating: 0, count: 512)
                let count = recv(descriptor, &buffer, buffer.count, 0)
                // What is no message at all has no answer; half of one is told so.
                let message = try DNSMessage(parsing: Array(buffer[..<max(count, 0)]))
                if message.responseCode == .formatError { continue }
                #expect(message.answers.count == 1)
            }
        }
    }

    /// Whoever asks another address of ours hears from that one, or would take nothing for an answer.
    @Test func answersLeaveFromWhereTheyWereAsked() async throws {
        try await withListener(at: try #require(IPAddress("0.0.0.0"))) { endpoint in
            for host in ["127.0.0.1", "127.0.0.2", "127.9.9.9"] {
                let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
                defer { close(descriptor) }
                Self.connect(descriptor, IPEndpoint(try #require(IPAddress(host)), port: endpoint.port))
                let question = Array(Self.question.dropFirst(2))
                _ = send(descriptor, question, question.count, 0)
                var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                #expect(poll(&entry, 1, 10_000) == 1, "\(host)")
            }
        }
    }

    /// PowerDNS's connections are answered one by one, and end with the socket.
    @Test func backendSocket() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/pdns.sock"
        let desk = BackendDesk(SteeringDesk(try Example.configuration()), keys: nil) { _ in }
        let backend = BackendSocket(desk, path: path)
        try await backend.start()
        func connect() throws -> CInt { try #require(LocalSocket.connect(path)) }
        func ask(_ descriptor: CInt, _ pieces: [String]) -> String {
            for piece in pieces { _ = send(descriptor, piece, piece.utf8.count, Int32(MSG_NOSIGNAL)) }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        }
        let (one, other) = try (connect(), connect())
        defer { for descriptor in [one, other] { close(descriptor) } }
        #expect(ask(one, [#"{"method":"ini"#, #"tialize"}"#]) == "{\"result\":true}\n")
        #expect(ask(other, [#"{"method":"list","parameters":{"zonename":"no."}}"#, "\n"]) == "{\"result\":false}\n")
        let stranger = try connect()
        #expect(ask(stranger, ["GET / HTTP/1.1"]).isEmpty)
        #expect(ask(one, [#"{"method":"getTSIGKeys"}"#]) == "{\"result\":[]}\n")
        await backend.stop()
        #expect(ask(one, [#"{"method":"initialize"}"#]).isEmpty)
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
        await #expect(throws: LocalSocket.Fault.isTaken(path)) { try await second.start() }
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
        await #expect(throws: LocalSocket.Fault.isNoSocket(path)) { try await fourth.start() }
        await fourth.stop()
        #expect(access(path, F_OK) == 0)
    }
}

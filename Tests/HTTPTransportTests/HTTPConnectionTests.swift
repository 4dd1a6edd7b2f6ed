import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization
import Testing

@testable import HTTPTransport

/// What requests get, and what they cost at most; time is the test's.
struct HTTPConnectionTests {
    /// One connection to pages of which `/slow` never comes.
    private final class Client: Sendable {
        let channel = NIOAsyncTestingChannel()
        private let notes = Notes()

        /// What is behind a reference, so that it can be shared.
        private final class Notes: Sendable {
            private let lines = Mutex<[String]>([])

            func add(_ line: String) { lines.withLock { $0.append(line) } }

            var all: [String] { lines.withLock { $0 } }
        }

        /// What was noted, a line for each answer.
        var noted: [String] { notes.all }

        init(
            refusal: HTTPPage? = nil,
            limits: HTTPServerLimits = HTTPServerLimits(),
            answer: @escaping @Sendable (String) async -> HTTPPage = Client.answer
        ) async throws {
            let channel = channel
            let notes = notes
            var service = HTTPService(methods: ["GET", "HEAD"], limits: limits) { await answer($0.path) }
            service.note = { exchange in
                notes.add("\(exchange.method) \(exchange.target) \(exchange.status)")
            }
            let taken = service
            try await channel.testingEventLoop.submit {
                try HTTPConnection.addHandlers(for: taken, refusal: refusal, to: channel)
            }.get()
            try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
        }

        @Sendable static func answer(_ path: String) async -> HTTPPage {
            guard path == "/slow" else { return HTTPPage(path == "/there" ? .ok : .notFound, "page \(path)") }
            try? await Task.sleep(for: .seconds(86_400))
            return HTTPPage(.ok, "nobody waits so long")
        }

        func send(_ text: String) async throws {
            try await channel.writeInbound(ByteBuffer(string: text))
        }

        /// Everything that was written until the last part of an answer of this text.
        func answer(until end: String) async throws -> String {
            var text = ""
            while !text.hasSuffix(end) {
                text += String(buffer: try await channel.waitForOutboundWrite(as: ByteBuffer.self))
            }
            return text
        }
    }

    private static func statusLine(_ text: String) -> String {
        String(text.prefix { $0 != "\r\n" })
    }

    private static let requests: [(request: String, status: String, body: String)] = [
        ("GET /there HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "page /there\n"),
        ("GET /there?a=b HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "page /there\n"),
        ("GET http://a:9282/there HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "page /there\n"),
        ("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found", "page /\n"),
        ("GET /there HTTP/1.0\r\n\r\n", "200 OK", "page /there\n"),
        ("GET /else HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found", "page /else\n"),
        ("GET /there HTTP/1.1\r\n\r\n", "400 Bad Request", "a request of HTTP/1.1 has one Host\n"),
        ("POST /there HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "405 Method Not Allowed", "POST is not\n"),
        ("\u{0}\u{1}\r\n\r\n", "400 Bad Request", "this is not a request of HTTP/1.1\n"),
        (
            "GET /\(String(repeating: "a", count: 8192)) HTTP/1.1\r\nHost: a\r\n\r\n",
            "431 Request Header Fields Too Large", "the request has more than 8192 bytes\n"
        ),
    ]

    @Test(arguments: requests.indices) func isAnswered(row: Int) async throws {
        let (request, status, body) = Self.requests[row]
        let client = try await Client()
        try await client.send(request)
        let text = try await client.answer(until: body)
        #expect(Self.statusLine(text) == "HTTP/1.1 \(status)")
        #expect(text.lowercased().contains("connection: close\r\n"))
        #expect(text.contains("Allow: GET, HEAD\r\n") == status.hasPrefix("405"))
        #expect(!client.channel.isActive)
    }

    @Test func headHasNoBody() async throws {
        let client = try await Client()
        try await client.send("HEAD /there HTTP/1.1\r\nHost: a\r\n\r\n")
        let text = try await client.answer(until: "\r\n\r\n")
        #expect(Self.statusLine(text) == "HTTP/1.1 200 OK")
        #expect(text.contains("Content-Length: 12\r\n"))
    }

    @Test func whoIsRefusedIsToldAtOnce() async throws {
        let client = try await Client(refusal: HTTPPage(.forbidden, "not you"))
        let text = try await client.answer(until: "not you\n")
        #expect(Self.statusLine(text) == "HTTP/1.1 403 Forbidden")
    }

    @Test(
        arguments: [
            ("", "408 Request Timeout", "the request took too long\n"),
            ("GET /there HTTP/1.1\r\nHo", "408 Request Timeout", "the request took too long\n"),
            (
                "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n", "503 Service Unavailable",
                "it took too long to find the answer\n"
            ),
        ]
    ) func takesTooLong(request: String, status: String, body: String) async throws {
        let client = try await Client()
        if !request.isEmpty { try await client.send(request) }
        await client.channel.testingEventLoop.advanceTime(by: .seconds(10) - .nanoseconds(1))
        #expect(client.channel.isActive)
        await client.channel.testingEventLoop.advanceTime(by: .nanoseconds(1))
        let text = try await client.answer(until: body)
        #expect(Self.statusLine(text) == "HTTP/1.1 \(status)")
    }

    /// Nothing more is done for somebody who has gone or was told that it takes too long.
    @Test(arguments: [true, false]) func whatNobodyWaitsForEnds(goes: Bool) async throws {
        let (ends, ended) = AsyncStream.makeStream(of: Bool.self)
        let (begins, begun) = AsyncStream.makeStream(of: Void.self)
        let client = try await Client { _ in
            begun.yield()
            do { try await Task.sleep(for: .seconds(86_400)) } catch { ended.yield(Task.isCancelled) }
            return HTTPPage(.ok, "late")
        }
        try await client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        for await _ in begins { break }
        if goes {
            try await client.channel.close()
        } else {
            await client.channel.testingEventLoop.advanceTime(by: .seconds(10))
        }
        for await isCancelled in ends {
            #expect(isCancelled)
            break
        }
    }

    // MARK: - Several requests

    private static let several: HTTPServerLimits = {
        var limits = HTTPServerLimits()
        limits.requests = 3
        return limits
    }()

    @Test func answersOneAfterTheOther() async throws {
        let client = try await Client(limits: Self.several)
        for number in 1...3 {
            try await client.send("GET /there HTTP/1.1\r\nHost: a\r\n\r\n")
            let text = try await client.answer(until: "page /there\n")
            #expect(Self.statusLine(text) == "HTTP/1.1 200 OK")
            #expect(text.contains("Connection: close\r\n") == (number == 3))
        }
        #expect(!client.channel.isActive)
        #expect(client.noted == Array(repeating: "GET /there 200", count: 3))
    }

    @Test(
        arguments: [
            "GET /there HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /there HTTP/1.0\r\n\r\n",
            "GET /there HTTP/1.1\r\n\r\n",
        ]
    ) func endsAfterOne(request: String) async throws {
        let client = try await Client(limits: Self.several)
        try await client.send(request)
        _ = try await client.answer(until: "\n")
        #expect(!client.channel.isActive)
    }

    /// What comes before the answer is not taken, and its sender is told so.
    @Test func takesNothingBeforeTheAnswer() async throws {
        let client = try await Client(limits: Self.several)
        let request = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"
        try await client.send(request + request)
        await client.channel.testingEventLoop.advanceTime(by: .seconds(10))
        let text = try await client.answer(until: "answer\n")
        #expect(text.contains("Connection: close\r\n"))
        #expect(!client.channel.isActive)
    }

    @Test func closesWhatCarriesNothing() async throws {
        let client = try await Client(limits: Self.several)
        try await client.send("GET /there HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try await client.answer(until: "page /there\n")
        await client.channel.testingEventLoop.advanceTime(by: .seconds(10) - .nanoseconds(1))
        #expect(client.channel.isActive)
        await client.channel.testingEventLoop.advanceTime(by: .nanoseconds(1))
        #expect(!client.channel.isActive)
        #expect(client.noted == ["GET /there 200"])
    }

    /// The limit is for each request, not for all of a connection.
    @Test func countsBytesOfEachRequest() async throws {
        let client = try await Client(limits: Self.several)
        let filling = String(repeating: "a", count: 5000)
        for _ in 1...2 {
            try await client.send("GET /there HTTP/1.1\r\nHost: a\r\nX: \(filling)\r\n\r\n")
            #expect(Self.statusLine(try await client.answer(until: "page /there\n")) == "HTTP/1.1 200 OK")
        }
    }
}

import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOSSL
import Testing

@testable import HTTPTransport

/// What one connection makes of the ways in which an answer can come and end.
struct ClientConnectionTests {
    private enum Step {
        case head(Int)
        case body(Int)
        case end
        /// TLS ends without its goodbye.
        case cut
        case closed
    }

    private let channel = EmbeddedChannel()

    private func makeConnection(staysOpen: Bool = false, expectsContinue: Bool = false) throws -> ClientConnection {
        let terms = ClientConnection.Terms(
            answerBytes: 1 << 20,
            staysOpen: staysOpen,
            expectsContinue: expectsContinue,
            idleTime: .seconds(5)
        )
        let connection = ClientConnection(terms)
        try channel.pipeline.syncOperations.addHandler(connection)
        channel.connect(to: try SocketAddress(ipAddress: "192.0.2.1", port: 80), promise: nil)
        return connection
    }

    private func ask(
        _ connection: ClientConnection,
        body: [UInt8] = []
    ) throws -> EventLoopFuture<ClientConnection.Outcome> {
        let promise = channel.eventLoop.makePromise(of: ClientConnection.Outcome.self)
        let request = ClientRequest(postTo: try HTTPURL("https://a/"), body: body)
        connection.ask(request, cookies: nil, answering: promise)
        return promise.futureResult
    }

    private func take(_ step: Step, headers: HTTPHeaders = [:]) {
        switch step {
        case .head(let code):
            let status = HTTPResponseStatus(statusCode: code)
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            channel.pipeline.fireChannelRead(HTTPClientResponsePart.head(head))
        case .body(let count):
            channel.pipeline.fireChannelRead(HTTPClientResponsePart.body(ByteBuffer(repeating: 0, count: count)))
        case .end: channel.pipeline.fireChannelRead(HTTPClientResponsePart.end(nil))
        case .cut: channel.pipeline.fireErrorCaught(NIOSSLError.uncleanShutdown)
        case .closed: channel.pipeline.fireChannelInactive()
        }
    }

    /// What was written, as one word a part.
    private var written: [String] {
        var words: [String] = []
        while case let part? = try? channel.readOutbound(as: HTTPClientRequestPart.self) {
            switch part {
            case .head(let head): words.append(head.method.rawValue)
            case .body: words.append("body")
            case .end: words.append("end")
            }
        }
        return words
    }

    @Test(
        arguments: [
            ([.head(200), .end], 200, nil), ([.head(100), .head(204), .end], 204, nil),
            ([.head(200), .cut, .end, .closed], 200, nil), ([.head(200), .cut, .closed], nil, .closedEarly),
            ([.head(200), .closed], nil, .closedEarly), ([.head(200), .body(1 << 20), .end], 200, nil),
            ([.head(200), .body(1 << 20), .body(1), .end], nil, .answerTooLong(1 << 20)),
        ] as [([Step], Int?, HTTPFault?)]
    )
    private func ends(steps: [Step], status: Int?, fault: HTTPFault?) throws {
        let outcome = try ask(makeConnection())
        for step in steps { take(step) }
        let result = Result { try outcome.wait() }
        #expect((try? result.get())?.answer.status == status)
        if case .failure(let error) = result { #expect(error as? HTTPFault == fault) }
    }

    /// Before anything of an answer has come, another connection may be tried.
    @Test(arguments: [[Step.closed], [.head(100), .closed]])
    private func isUnanswered(steps: [Step]) throws {
        let outcome = try ask(makeConnection(staysOpen: true))
        for step in steps { take(step) }
        #expect(throws: ClientConnection.Unanswered.self) { try outcome.wait() }
    }

    @Test(arguments: [([:], true), (["Connection": "close"], false)] as [(HTTPHeaders, Bool)])
    func staysOpen(headers: HTTPHeaders, expected: Bool) throws {
        let connection = try makeConnection(staysOpen: true)
        let outcome = try ask(connection)
        take(.head(200), headers: headers)
        take(.end)
        #expect(try outcome.wait().staysOpen == expected)
        #expect(channel.isActive)
    }

    @Test func answersOneAfterTheOtherAndEndsWhenIdle() throws {
        let connection = try makeConnection(staysOpen: true)
        for _ in 1...3 {
            let outcome = try ask(connection)
            take(.head(200))
            take(.end)
            #expect(try outcome.wait().staysOpen)
            channel.embeddedEventLoop.advanceTime(by: .seconds(4))
            #expect(channel.isActive)
        }
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
    }

    @Test func takesNothingThatWasNotAskedFor() throws {
        _ = try makeConnection(staysOpen: true)
        take(.head(200))
        #expect(!channel.isActive)
    }

    /// A long body waits until the server wants it, or says nothing for a second; a short one does not.
    @Test func asksBeforeALongBody() throws {
        let connection = try makeConnection(staysOpen: true, expectsContinue: true)
        let long = [UInt8](repeating: 0, count: HTTPClientSettings.expectationBytes + 1)
        var outcome = try ask(connection, body: long)
        #expect(written == ["POST"])
        take(.head(100))
        #expect(written == ["body", "end"])
        take(.head(200))
        take(.end)
        #expect(try outcome.wait().staysOpen)

        outcome = try ask(connection, body: long)
        #expect(written == ["POST"])
        channel.embeddedEventLoop.advanceTime(by: HTTPClientSettings.expectationTime)
        #expect(written == ["body", "end"])
        take(.head(200))
        take(.end)
        _ = try outcome.wait()

        outcome = try ask(connection, body: [1])
        #expect(written == ["POST", "body", "end"])
        take(.head(200))
        take(.end)
        _ = try outcome.wait()

        // Refused at once: the body is never sent, so that nothing can follow it.
        outcome = try ask(connection, body: long)
        take(.head(417))
        take(.end)
        #expect(try outcome.wait().staysOpen == false)
        #expect(written == ["POST"])
    }

    /// A certificate that is refused before the request is there is the reason that is told.
    @Test func tellsWhatWentWrongBeforeItWasAsked() throws {
        let connection = try makeConnection()
        channel.pipeline.fireErrorCaught(NIOSSLError.unableToValidateCertificate)
        channel.pipeline.fireErrorCaught(NIOSSLError.uncleanShutdown)
        let outcome = try ask(connection)
        #expect(throws: NIOSSLError.unableToValidateCertificate) { try outcome.wait() }
        #expect(written == [])
    }

    /// A connection that was kept and is cut is no fault: the request goes by another one.
    @Test func asksElsewhereWhenItWasCutMeanwhile() throws {
        let connection = try makeConnection(staysOpen: true)
        let first = try ask(connection)
        for step in [Step.head(204), .end] { take(step) }
        #expect(try first.wait().staysOpen)
        take(.cut)
        let second = try ask(connection)
        #expect(throws: ClientConnection.Unanswered.self) { try second.wait() }
    }
}

import HTTPTransport
import Logging
import NIOCore
import NIOPosix
import TandemTesting
import Testing

@testable import CDR

/// Records on their way to a web server that is not always there.
struct CourierTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A courier with short pauses, its directory, and its event loop.
    private struct Fixture {
        let directory = TemporaryDirectory()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

        func courier(
            _ urls: [String],
            retries: Int = 0,
            timeout: Duration = .seconds(10),
            pause: Duration? = .milliseconds(1)
        ) throws -> Courier {
            let collector = Collector(
                client: HTTPClient(group: group, tls: try ClientTLS()),
                addresses: try urls.map { CollectorAddress(url: try HTTPURL($0)) },
                encoding: .plain,
                contentType: "text/xml",
                retries: retries,
                delay: .zero,
                timeout: timeout,
                userAgent: "test"
            )
            let route = Courier.Route(
                spool: directory.path + "/unsent",
                refused: directory.path,
                suffix: ".cdr.xml",
                pause: pause,
                longestPause: .milliseconds(20)
            )
            return Courier(route, collector: collector, logger: CourierTests.quiet)
        }

        /// Puts a record in the spool, as the writer does before it tells the courier.
        func spool(_ name: String) throws -> Parcel {
            let file = name + ".cdr.xml"
            let path = "\(directory.path)/unsent/\(file)"
            try RecordFile.write(Array("<cdr>\(name)</cdr>".utf8), to: path, isDurable: true)
            return Parcel(name: file)
        }
    }

    /// Returns when nothing is on its way any more.
    private static func settle(_ courier: Courier) async {
        while await courier.unsent > 0 { await Task.yield() }
    }

    @Test(
        arguments: [
            [], [.answer(500)], [.answer(503), .answer(404), .answer(500)], [.close], [.close, .answer(401), .close],
        ] as [[TestWebServer.Behaviour]]
    )
    func deliversWhenTheCollectorFailsFirst(_ behaviours: [TestWebServer.Behaviour]) async throws {
        let (fixture, collector) = (Fixture(), TestWebServer(behaviours))
        let courier = try fixture.courier(["http://127.0.0.1:\(try await collector.listen())/cdr"])
        await courier.start()
        await courier.add(try fixture.spool("a_1"))
        for _ in 0...behaviours.count {
            let request = await collector.next()
            #expect(request?.uri == "/cdr?uuid=a_1")
            #expect(request?.body == "<cdr>a_1</cdr>")
        }
        await Self.settle(courier)
        #expect(fixture.directory.names("unsent") == [])
        #expect(fixture.directory.names() == ["unsent"])
        await courier.stop()
        try await collector.shutDown()
        try await fixture.group.shutdownGracefully()
    }

    /// A record that the collector stumbles over, whatever it says then, must not keep the others waiting for ever.
    @Test func triesAnotherRecordAfterAFailure() async throws {
        let (fixture, collector) = (Fixture(), TestWebServer(Array(repeating: .answer(500), count: 4)))
        for name in ["1", "2"] { _ = try fixture.spool(name) }
        let courier = try fixture.courier(["http://127.0.0.1:\(try await collector.listen())/"])
        await courier.start()
        var bodies: [String] = []
        for _ in 0..<4 { if let request = await collector.next() { bodies.append(request.body) } }
        // Both are sent at once, then one at a time.
        #expect(Set(bodies[..<2]).count == 2)
        #expect(Set(bodies[2...]).count == 2)
        await Self.settle(courier)
        #expect(fixture.directory.names("unsent") == [])
        await courier.stop()
        try await collector.shutDown()
        try await fixture.group.shutdownGracefully()
    }

    @Test func givesUpOnAnAnswerThatDoesNotCome() async throws {
        let (fixture, collector) = (Fixture(), TestWebServer([.hang]))
        let url = "http://127.0.0.1:\(try await collector.listen())/"
        let courier = try fixture.courier([url], timeout: .milliseconds(50))
        await courier.start()
        await courier.add(try fixture.spool("1"))
        for _ in 0..<2 { #expect(await collector.next()?.body == "<cdr>1</cdr>") }
        await Self.settle(courier)
        #expect(fixture.directory.names("unsent") == [])
        await courier.stop()
        try await collector.shutDown()
        try await fixture.group.shutdownGracefully()
    }

    @Test func waitsForACollectorThatIsDown() async throws {
        let (fixture, port, collector) = (Fixture(), ClosedPort(), TestWebServer())
        let courier = try fixture.courier(["http://127.0.0.1:\(port.number)/"])
        await courier.start()
        for number in 1...20 { await courier.add(try fixture.spool("\(number)")) }
        #expect(await courier.unsent == 20)
        _ = try await collector.listen(port: port.number)
        var bodies: Set<String> = []
        for _ in 1...20 { if let request = await collector.next() { bodies.insert(request.body) } }
        #expect(bodies == Set((1...20).map { "<cdr>\($0)</cdr>" }))
        await Self.settle(courier)
        #expect(fixture.directory.names("unsent") == [])
        await courier.stop()
        try await collector.shutDown()
        withExtendedLifetime(port) {}
        try await fixture.group.shutdownGracefully()
    }

    @Test func takesOverWhatAnEarlierRunLeft() async throws {
        let (fixture, collector) = (Fixture(), TestWebServer())
        _ = try fixture.spool("left")
        let courier = try fixture.courier(["http://127.0.0.1:\(try await collector.listen())/"])
        await courier.start()
        #expect(await collector.next()?.body == "<cdr>left</cdr>")
        await Self.settle(courier)
        #expect(fixture.directory.names("unsent") == [])
        await courier.stop()
        try await collector.shutDown()
        try await fixture.group.shutdownGracefully()
    }

    @Test func triesTheNextURL() async throws {
        let (fixture, port, collector) = (Fixture(), ClosedPort(), TestWebServer())
        let urls = ["http://127.0.0.1:\(port.number)/", "http://127.0.0.1:\(try await collector.listen())/b?x=1"]
        let courier = try fixture.courier(urls, retries: 1, pause: nil)
        await courier.start()
        await courier.add(try fixture.spool("1"))
        #expect(await collector.next()?.uri == "/b?x=1&uuid=1")
        await Self.settle(courier)
        #expect(fixture.directory.names("unsent") == [])
        await courier.stop()
        try await collector.shutDown()
        withExtendedLifetime(port) {}
        try await fixture.group.shutdownGracefully()
    }

    /// A record that the collector does not want must not keep the others waiting, and nothing is thrown away.
    @Test(arguments: [400, 413, 415, 422])
    func setsARefusedRecordAside(status: Int) async throws {
        let (fixture, collector) = (Fixture(), TestWebServer([.answer(status)]))
        let courier = try fixture.courier(["http://127.0.0.1:\(try await collector.listen())/"])
        await courier.start()
        await courier.add(try fixture.spool("bad"))
        #expect(await collector.next()?.body == "<cdr>bad</cdr>")
        await courier.add(try fixture.spool("good"))
        #expect(await collector.next()?.body == "<cdr>good</cdr>")
        await Self.settle(courier)
        #expect(fixture.directory.names("unsent") == [])
        #expect(fixture.directory.text("bad.cdr.xml") == "<cdr>bad</cdr>")
        await courier.stop()
        try await collector.shutDown()
        try await fixture.group.shutdownGracefully()
    }

    @Test func keepsWhatNobodyTookWhenThereAreNoLaterTries() async throws {
        let (fixture, collector) = (Fixture(), TestWebServer([.answer(500), .answer(500)]))
        let courier = try fixture.courier(
            ["http://127.0.0.1:\(try await collector.listen())/"],
            retries: 1,
            pause: nil
        )
        await courier.start()
        await courier.add(try fixture.spool("1"))
        for _ in 0..<2 { _ = await collector.next() }
        await Self.settle(courier)
        #expect(fixture.directory.names("unsent") == [])
        #expect(fixture.directory.text("1.cdr.xml") == "<cdr>1</cdr>")
        await courier.stop()
        try await collector.shutDown()
        try await fixture.group.shutdownGracefully()
    }

    @Test func savesWhatIsOnlyInMemory() async throws {
        let (fixture, collector) = (Fixture(), TestWebServer([.hang]))
        let courier = try fixture.courier(["http://127.0.0.1:\(try await collector.listen())/"])
        await courier.start()
        await courier.add(Parcel(name: "1.cdr.xml", document: Array("<cdr/>".utf8)))
        #expect(await collector.next()?.body == "<cdr/>")
        await courier.stop()
        #expect(fixture.directory.text("unsent/1.cdr.xml") == "<cdr/>")
        #expect(await courier.lost == 0)
        try await collector.shutDown()
        try await fixture.group.shutdownGracefully()
    }

    @Test func savesWhatComesAfterTheEnd() async throws {
        let (fixture, port) = (Fixture(), ClosedPort())
        let courier = try fixture.courier(["http://127.0.0.1:\(port.number)/"])
        await courier.start()
        await courier.stop()
        await courier.add(Parcel(name: "1.cdr.xml", document: Array("<cdr/>".utf8)))
        #expect(fixture.directory.text("unsent/1.cdr.xml") == "<cdr/>")
        #expect(await courier.lost == 0)
        withExtendedLifetime(port) {}
        try await fixture.group.shutdownGracefully()
    }

    @Test(arguments: [
        (PostEncoding.form, "cdr=%3Ccdr%3Ea%20b%3C%2Fcdr%3E", "application/x-www-form-urlencoded"),
        (.base64, "cdr=PGNkcj5hIGI8L2Nkcj4=", "application/x-www-form-base64-encoded"),
        (.unencodedForm, "cdr=<cdr>a b</cdr>", "application/x-www-form-plaintext"),
        (.plain, "<cdr>a b</cdr>", "text/xml"),
    ])
    func encodesTheBody(encoding: PostEncoding, body: String, type: String) async throws {
        let (fixture, server) = (Fixture(), TestWebServer())
        let collector = Collector(
            client: HTTPClient(group: fixture.group, tls: try ClientTLS()),
            addresses: [
                CollectorAddress(
                    url: try HTTPURL("http://127.0.0.1:\(try await server.listen())/"),
                    credentials: "user:pass"
                )
            ],
            encoding: encoding,
            contentType: "text/xml",
            retries: 0,
            delay: .zero,
            timeout: .seconds(10),
            userAgent: "tandem/test"
        )
        let result = await collector.send(Array("<cdr>a b</cdr>".utf8), named: "a_1", from: 0)
        guard case .delivered = result.outcome else {
            Issue.record("\(result.outcome)")
            return
        }
        let request = await server.next()
        #expect(request?.body == body)
        #expect(request?.headers["content-type"] == type)
        #expect(request?.headers["authorization"] == "Basic dXNlcjpwYXNz")
        #expect(request?.headers["user-agent"] == "tandem/test")
        try await server.shutDown()
        try await fixture.group.shutdownGracefully()
    }
}

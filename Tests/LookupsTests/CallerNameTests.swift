import Base
import Database
import DatabaseBalancer
import SwitchCore
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import Lookups

/// The command and the application `cidlookup`: databases, web servers, and what is kept.
struct CallerNameTests {
    private static let nobody = "UNKNOWN (UNKNOWN) [UNKNOWN]"

    private static func parameter(_ name: String, _ value: String) -> String {
        "<param name=\"\(name)\" value=\"\(value)\"/>"
    }

    private static func url(_ port: Int) -> String {
        parameter("url", "http://127.0.0.1:\(port)/cnam?key=kV3qz8Rw&amp;number=${caller_id_number}")
    }

    @Test func saysWhatItKnowsByItself() async throws {
        let exchange = try LookupSwitch()
        for (words, answer) in [
            ("15551234567", "UNKNOWN"), ("15551234567 verbose", Self.nobody), ("anonymous", "UNKNOWN"),
            ("15551234567 skipcitystate", "555-123-4567"), ("'+1 555 123-4567' skipcitystate", "555-123-4567"),
            ("4930123456 skipcitystate skipurl", "4930123456"),
            ("", "-ERR\ncidlookup \(CallerNameRequest.syntax)\n"),
        ] {
            #expect(await exchange.command("cidlookup \(words)") == answer, "\(words)")
        }
    }

    /// What a web server says, well and badly.
    @Test(
        arguments: [
            (.page(200, [], "Alice Smith\n"), "Alice Smith (UNKNOWN) [url]"), (.page(200, [], "unavailable"), nobody),
            (.page(404, [], "there is nothing"), nobody), (.page(200, [], ""), nobody), (.close, nobody),
            (.page(200, [], String(repeating: "x", count: 10_241)), nobody),
            (.redirect(302, "/there"), "ok (UNKNOWN) [url]"),
            (.page(200, [], "${uuid}"), "-ERR Invalid CID data {${uuid}} contains a variable\n"),
        ] as [(TestWebServer.Behaviour, String)]
    )
    func asksAWebServer(behaviour: TestWebServer.Behaviour, answer: String) async throws {
        let server = TestWebServer([behaviour])
        let exchange = try LookupSwitch(names: Self.url(try await server.listen()))
        #expect(await exchange.command("cidlookup +1-555-123-4567 skipurl verbose") == Self.nobody)
        #expect(await exchange.command("cidlookup +1-555-123-4567 verbose") == answer)
        let request = await server.next()
        #expect(request?.method == "GET" && request?.uri == "/cnam?key=kV3qz8Rw&number=15551234567")
        #expect(request?.headers["user-agent"] == "freeswitch-cidlookup/1.0")
        #expect(!exchange.log.lines.contains { $0.contains("kV3qz8Rw") })
        try await server.shutDown()
    }

    @Test(arguments: [TestWebServer.Behaviour.drip, .hang])
    func leavesAServerThatTakesTooLong(behaviour: TestWebServer.Behaviour) async throws {
        let server = TestWebServer([behaviour])
        let port = try await server.listen()
        let exchange = try LookupSwitch(names: Self.url(port) + Self.parameter("curl-timeout", "100"))
        #expect(await exchange.command("cidlookup 15551234567 verbose") == Self.nobody)
        #expect(exchange.log.lines.contains { $0.contains("http://127.0.0.1:\(port)/cnam: no answer in time") })
        try await server.shutDown()
    }

    // MARK: - Databases

    private static func makeDatabase(in directory: TemporaryDirectory) async throws -> String {
        let dsn = "sqlite://\(directory.path)/names.db"
        let pool = DatabasePool(try DatabaseDSN(dsn, directory: directory.path))
        for sql in [
            "CREATE TABLE numbers (number TEXT, name TEXT)", "CREATE TABLE areas (npa INTEGER, area TEXT)",
            "INSERT INTO numbers VALUES ('15551234567', 'Bob'), ('15551230000', NULL), ('15551230001', '')",
            "INSERT INTO areas VALUES (555, 'Springfield IL')",
        ] { try await pool.execute(Statement(sql)) }
        await pool.close()
        return dsn
    }

    /// The database is before everybody else; the area is where the number is, if nobody has said more.
    @Test(
        arguments: [
            ("15551234567", "Bob (Springfield IL) [phone_database,npanxx_database]"),
            ("15551234567 skipcitystate", "Bob (UNKNOWN) [phone_database]"),
            ("15551230000", "Web (Springfield IL) [url,npanxx_database]"),
            ("15551230001 skipurl", "Springfield IL (Springfield IL) [npanxx_database]"),
            ("15551230001 skipurl skipcitystate", "555-123-0001 (UNKNOWN) [UNKNOWN]"),
            ("16661234567", "Web (UNKNOWN) [url]"), ("493012345", "Web (UNKNOWN) [url]"),
            // Digits alone get into a statement.
            ("1\"OR\"1\"=\"1 skipurl", nobody),
        ]
    )
    func asksADatabase(words: String, answer: String) async throws {
        let (server, directory) = (TestWebServer([.page(200, [], "Web")]), TemporaryDirectory())
        let exchange = try LookupSwitch(
            names: Self.url(try await server.listen())
                + Self.parameter("odbc-dsn", try await Self.makeDatabase(in: directory))
                + Self.parameter("sql", "SELECT name FROM numbers WHERE number = '${caller_id_number}'")
                + Self.parameter("citystate-sql", "SELECT area FROM areas WHERE npa = ${caller_id_number:1:3}")
        )
        #expect(await exchange.command("cidlookup \(words) verbose") == answer)
        await exchange.softswitch.modules.stopAll()
        withExtendedLifetime(directory) {}
        try await server.shutDown()
    }

    @Test func goesOnWithoutTheDatabase() async throws {
        let (server, directory) = (TestWebServer([.page(200, [], "Web")]), TemporaryDirectory())
        let exchange = try LookupSwitch(
            names: Self.url(try await server.listen())
                + Self.parameter("odbc-dsn", try await Self.makeDatabase(in: directory))
                + Self.parameter("sql", "SELECT name FROM elsewhere")
        )
        #expect(await exchange.command("cidlookup 15551234567 verbose") == "Web (UNKNOWN) [url]")
        #expect(exchange.log.lines.contains { $0.contains("the database does not say who it is") })
        await exchange.softswitch.modules.stopAll()
        withExtendedLifetime(directory) {}
        try await server.shutDown()
    }

    @Test func tellsWhatIsConfigured() async throws {
        let exchange = try LookupSwitch(
            names: Self.url(80) + Self.parameter("cache", "true")
                + Self.parameter("odbc-dsn", "pgsql://host=a.example dbname=names user=u password=kV3qz8Rw")
                + Self.parameter("sql", "SELECT name")
        )
        let status = await exchange.command("cidlookup status")
        #expect(
            status.hasPrefix(
                """
                +OK
                 url: http://127.0.0.1:80/cnam
                 cache: true
                 cache-expire: 300
                 curl-timeout: 2000
                 curl-warn-duration: 1000
                 odbc-dsn:
                """
            )
        )
        #expect(status.hasSuffix("\n sql: SELECT name\n citystate-sql: (null)\n"))
        #expect(!status.contains("kV3qz8Rw"))
        await exchange.softswitch.modules.stopAll()
    }

    // MARK: - What is kept

    @Test func keepsNamesInMemory() async throws {
        let server = TestWebServer([.page(200, [], ""), .page(200, [], "A"), .page(200, [], "B")])
        let exchange = try LookupSwitch(names: Self.url(try await server.listen()) + Self.parameter("cache", "true"))
        // That there is nothing is not kept.
        #expect(await exchange.command("cidlookup 15551234567 verbose") == Self.nobody)
        #expect(await exchange.command("cidlookup 15551234567 verbose") == "A (UNKNOWN) [url]")
        exchange.loop.advance(by: .seconds(299))
        #expect(await exchange.command("cidlookup 15551234567 verbose skipurl") == "A (UNKNOWN) [url (cache)]")
        exchange.loop.advance(by: .seconds(1))
        #expect(await exchange.command("cidlookup 15551234567 verbose") == "B (UNKNOWN) [url]")
        try await server.shutDown()
    }

    /// With a command `memcache` names are where FreeSWITCH keeps them, whatever characters they have.
    @Test func keepsNamesInMemcached() async throws {
        let server = TestWebServer([.page(200, [], #"O'Neil \ "Co" ''"#), .page(200, [], "B")])
        let exchange = try LookupSwitch(names: Self.url(try await server.listen()) + Self.parameter("cache", "true"))
        let items = Items()
        exchange.softswitch.commands.register(
            APICommand("memcache", summary: "a test's own") { _, text in items.run(text) },
            as: "memcache"
        )
        let name = #"O'Neil \ "Co" ''"#
        #expect(await exchange.command("cidlookup 15551234567 verbose") == "\(name) (UNKNOWN) [url]")
        #expect(await exchange.command("cidlookup 15551234567 verbose") == "\(name) (UNKNOWN) [url (cache)]")
        let kept = items.all.withLock { $0 }
        #expect(
            kept == [
                "fs:cidlookup:name:15551234567": "\(name) 300", "fs:cidlookup:area:15551234567": "UNKNOWN 300",
                "fs:cidlookup:src:15551234567": "url 300",
            ]
        )
        try await server.shutDown()
    }

    /// What others have written there is a name as a web server's is: one line, not too long.
    @Test func cleansWhatMemcachedSays() async throws {
        let exchange = try LookupSwitch(names: Self.parameter("cache", "true"))
        let items = Items()
        exchange.softswitch.commands.register(
            APICommand("memcache", summary: "a test's own") { _, text in items.run(text) },
            as: "memcache"
        )
        let long = String(repeating: "x", count: 300)
        items.all.withLock { items in
            items["fs:cidlookup:name:15551234567"] = "A\u{7}B\nC 300"
            items["fs:cidlookup:area:15551234567"] = "Spring\tfield 300"
            items["fs:cidlookup:src:15551234567"] = "\u{1B}[2J 300"
            items["fs:cidlookup:name:15551230000"] = "\(long) 300"
            items["fs:cidlookup:name:15551230001"] = "\r\n 300"
        }
        #expect(await exchange.command("cidlookup 15551234567 verbose") == "A B C (Spring field) [[2J (cache)]")
        #expect(await exchange.command("cidlookup 15551230000") == String(long.prefix(CallerName.lengthLimit)))
        #expect(await exchange.command("cidlookup 15551230001 verbose") == Self.nobody)
    }

    /// A reload that changes nothing takes nothing away, though the authorities are read anew.
    @Test func keepsNamesWhenAllIsReadAnew() async throws {
        let server = TestWebServer([.page(200, [], "A")])
        let exchange = try LookupSwitch(
            names: Self.url(try await server.listen()) + Self.parameter("cache", "true"),
            certificates: true
        )
        #expect(await exchange.command("cidlookup 15551234567 verbose") == "A (UNKNOWN) [url]")
        await exchange.softswitch.modules.reloadAll(exchange.softswitch)
        #expect(await exchange.command("cidlookup 15551234567 verbose skipurl") == "A (UNKNOWN) [url (cache)]")
        try await server.shutDown()
    }

    /// Other settings end the connections once the look-ups that have begun are over, and not before.
    @Test func goesOnWithWhatHasBegun() async throws {
        let (server, directory) = (TestWebServer([.hang]), TemporaryDirectory())
        let exchange = try LookupSwitch()
        let settings =
            Self.url(try await server.listen()) + Self.parameter("curl-timeout", "1000")
            + Self.parameter("odbc-dsn", try await Self.makeDatabase(in: directory))
            + Self.parameter("citystate-sql", "SELECT area FROM areas WHERE npa = ${caller_id_number:1:3}")
        let text = "<configuration><settings>\(settings)</settings></configuration>"
        var diagnostics: [Diagnostic] = []
        let configuration = try CallerNameConfiguration(
            xml: try XMLDocument.parse(Array(text.utf8), named: "test"),
            diagnostics: &diagnostics
        )
        let lookup = try CallerNameLookup(
            configuration,
            exchange.softswitch,
            .none,
            logger: exchange.softswitch.logger
        )
        let number = "15551234567"
        async let found = lookup.name(for: CallerNameRequest(number), number: number)
        _ = await server.next()
        await lookup.retire()
        let name = await found
        #expect(name.area == "Springfield IL")
        let late = await lookup.name(for: CallerNameRequest("\(number) skipurl"), number: number)
        #expect(late.area == CallerName.unknown)
        withExtendedLifetime(directory) {}
        try await server.shutDown()
    }

    /// Items as `memcache` takes them, each with its seconds.
    private final class Items: Sendable {
        let all = Mutex<[String: String]>([:])

        func run(_ text: String) -> String {
            let words = ListSplitter.split(text, by: " ", limit: 5)
            guard let verb = words.first, let key = words.dropFirst().first else { return "-ERR\n" }
            return all.withLock { all in
                if verb == "set", words.count == 4 {
                    all[key] = "\(words[2]) \(words[3])"
                    return "+OK\n"
                }
                guard let found = all[key], let end = found.lastIndex(of: " ") else { return "-ERR NOT FOUND\n" }
                return String(found[..<end])
            }
        }
    }

    // MARK: - Calls

    private static let note = (
        "note", "${caller_id_name}|${original_caller_id_name}|${cidlookup_source}|${cidlookup_area}"
    )

    @Test(arguments: ["", "15551234567", "15551234567 skipcitystate"])
    func givesTheCallerAName(data: String) async throws {
        let server = TestWebServer([.page(200, [], "Alice")])
        let exchange = try LookupSwitch(
            names: Self.url(try await server.listen()),
            extensions: LookupSwitch.extension(
                "1",
                [
                    ("set_profile_var", "caller_id_number=+15551234567"), ("set_profile_var", "caller_id_name=Old"),
                    ("cidlookup", data), Self.note,
                ]
            )
        )
        let events = exchange.softswitch.events.subscribe(to: [.callUpdate]) {}
        _ = try exchange.call("1")
        #expect(exchange.noted(1) == ["Alice|Old|url|UNKNOWN"])
        #expect(await server.next()?.uri == "/cnam?key=kV3qz8Rw&number=15551234567")
        let updates = events.takeAll()
        #expect(updates.map { $0["Direction"] } == ["RECV"] && updates.first?["Caller-Caller-ID-Name"] == "Alice")
        try await server.shutDown()
    }

    /// A name with an expression in it is none, and the call goes on with the one that it has.
    @Test func takesNoExpression() async throws {
        let server = TestWebServer([.page(200, [], "${uuid}")])
        let exchange = try LookupSwitch(
            names: Self.url(try await server.listen()),
            extensions: LookupSwitch.extension(
                "1",
                [("set_profile_var", "caller_id_name=Old"), ("cidlookup", "15551234567"), Self.note]
            )
        )
        _ = try exchange.call("1")
        #expect(exchange.noted(1) == ["Old|||"])
        try await server.shutDown()
    }

    @Test func runsWhileTheDialplanHunts() async throws {
        let server = TestWebServer([.page(200, [], "Alice")])
        let exchange = try LookupSwitch(
            names: Self.url(try await server.listen()),
            extensions: """
                <extension name="a"><condition field="destination_number" expression="^1$">
                  <action application="cidlookup" data="15551234567" inline="true"/>
                </condition><condition field="caller_id_name" expression="^Alice$">
                  <action application="note" data="found"/>
                </condition></extension>
                """
        )
        _ = try exchange.call("1")
        #expect(exchange.noted(1) == ["found"])
        try await server.shutDown()
    }
}

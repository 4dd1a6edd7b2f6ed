import Base
import Cache
import HTTPTransport
import Logging
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

@testable import XMLHandler

/// Documents that are kept, and forgotten.
struct DocumentSourceTests {
    private static let menu = "17000000-0000-4000-8000-000000000001"

    /// A second question takes no statement, until the key is forgotten; the second spelling is of something else.
    @Test(
        arguments: [
            (XMLQuestion.user("1000"), "directory:1000@one.example", "directory:1001@one.example"),
            (XMLQuestion.user("1000"), "directory.1000@a.context", "dialplan:one.example"),
            // By the other name of the same user.
            (XMLQuestion.user("alias"), "directory:1000@one.example", "directory:als@one.example"),
            (XMLQuestion.user("1000"), "directory:alias@one.example", "configuration:acl.conf"),
            (XMLQuestion.user("9999"), "directory:9999@one.example", "directory:999@one.example"),
            (XMLQuestion.context("one.example"), "dialplan:one.example", "dialplan:two.example"),
            (XMLQuestion.context("one.example"), "dialplan:global", "directory:*"),
            (XMLQuestion.context("[2001:db8::1]"), "dialplan:[2001:db8::1]", "dialplan:[2001:db8::2]"),
            (XMLQuestion.user("a:b"), "directory:a:b@one.example", "directory:a:c@one.example"),
            (
                XMLQuestion.user("1000", [("domain", "[2001:db8::1]")]), "directory:1000@[2001:db8::1]",
                "directory:2001@one.example"
            ),
            (XMLQuestion.context("public", number: "4930"), "dialplan:public", "dialplan:publi"),
            (XMLQuestion.context("public", number: "4930"), "dialplan:public:4930", "dialplan:private:4930"),
            (XMLQuestion.file("acl.conf"), "configuration:acl.conf", "configuration:ac.conf"),
            (XMLQuestion.file("sofia.conf"), "web:configuration:sofia.conf", "web:configuration:acl.conf"),
            (XMLQuestion.file("callcenter.conf"), "configuration:callcenter.conf", "configuration:translate.conf"),
            (XMLQuestion.file("ivr.conf", menu: menu), "configuration.ivr.conf.\(menu)", "configuration:acl.conf"),
        ] as [(XMLQuestion, String, String)]
    )
    private func areMadeOnce(question: XMLQuestion, key: String, other: String) async throws {
        let rig = try KeptDocuments()
        try rig.tables.extension("1000", ["number_alias": "alias"])
        try rig.tables.dialplan("route", context: "one.example")
        let first = try await rig.ask(question)
        #expect(first.statements > 0)
        let second = try await rig.ask(question)
        #expect(second.statements == 0)
        #expect(second.document === first.document)
        await rig.documents.forget(other)
        #expect(try await rig.ask(question).statements == 0)
        await rig.documents.forget(key)
        #expect(try await rig.ask(question).statements > 0)
        await rig.documents.forgetAll()
        #expect(try await rig.ask(question).statements > 0)
    }

    /// What is asked rarely, and has to be right then, is made anew.
    @Test(
        arguments: [
            XMLQuestion.file("conference.conf"),
            XMLQuestion(section: .directory, value: "", fields: [("purpose", "gateways")]),
            XMLQuestion(section: .directory, value: "", fields: [("purpose", "network-list")]),
            XMLQuestion.user("1000", [("action", "reverse-auth-lookup")]),
        ]
    )
    private func areMadeAnew(question: XMLQuestion) async throws {
        let question =
            question["user"] == nil
            ? question
            : XMLQuestion(
                section: .directory,
                value: "",
                fields: [("action", "reverse-auth-lookup"), ("user", "1000"), ("domain", "one.example")]
            )
        let rig = try KeptDocuments()
        try rig.tables.extension("1000")
        for _ in 1...2 { #expect(try await rig.ask(question).statements > 0) }
    }

    /// Questions that differ in what an answer depends on have answers of their own.
    @Test func differByWhatCounts() async throws {
        let rig = try KeptDocuments()
        try rig.tables.dialplan("here", context: "one.example", ["hostname": "pbx1"])
        try rig.tables.dialplan("there", context: "one.example", ["hostname": "pbx2"])
        for (host, name) in [("pbx1", "here"), ("pbx2", "there"), ("pbx1", "here")] {
            let found = try await rig.documents.document(for: XMLQuestion.context("one.example"), from: host)
            #expect(found?.document.all("extension").compactMap { $0[attribute: "name"] } == [name])
        }
        // A number that looks like two.
        let one = DocumentKey.key(for: XMLQuestion.context("public", number: "1,2"), options: SmallTables.options)
        let two = DocumentKey.key(
            for: XMLQuestion.context("public", number: "1", [("variable_sip_to_user", "2,")]),
            options: SmallTables.options
        )
        #expect(one != nil && one?.name != two?.name)
        let long = XMLQuestion.context("public", number: String(repeating: "1", count: 65))
        #expect(DocumentKey.key(for: long, options: SmallTables.options) == nil)
        for name in ["1000@two", "1000%40two", "a b", "a\nb"] {
            let key = DocumentKey.key(for: XMLQuestion.user(name), options: SmallTables.options)
            #expect(key.map { MemcachedCommand.isKey($0.name) } == true)
        }
    }

    /// A row that has changed is read anew, one that has not is the same in every context.
    @Test func readsRowsOnce() async throws {
        let rig = try KeptDocuments()
        try rig.tables.dialplan("for all", context: "global", xml: "<extension name=\"old\"/>")
        try rig.tables.dialplan("broken", context: "global", xml: "<extension")
        func names() async throws -> [String] {
            var names: [String] = []
            for context in ["one.example", "other.example"] {
                let document = try await rig.ask(XMLQuestion.context(context)).document
                names += document?.all("extension").compactMap { $0[attribute: "name"] } ?? []
            }
            return names
        }
        #expect(try await names() == ["old", "old"])
        let documents = try await [
            rig.ask(XMLQuestion.context("one.example")), rig.ask(XMLQuestion.context("other.example")),
        ]
        let rows = documents.map { $0.document?.all("extension").first }
        #expect(rows[0] != nil && rows[0] === rows[1])
        try rig.tables.source.change([
            "UPDATE v_dialplans SET dialplan_xml = '<extension name=\"new\"/>' WHERE dialplan_name = 'for all'"
        ])
        await rig.documents.forget("dialplan:global")
        #expect(try await names() == ["new", "new"])
    }

    #if DEBUG
    private static let scanned = 10_000
    #else
    private static let scanned = 1_000_000
    #endif

    /// A scan from one address causes no more statements than its tries; users that exist are not concerned.
    @Test func scansAreNotLookedUp() async throws {
        var keeping = KeepingSettings()
        (keeping.cache.unknownBurst, keeping.cache.unknownPerSecond) = (20, 0)
        let rig = try KeptDocuments(keeping)
        try rig.tables.extension("1000")
        var refused = 0
        for number in 0..<Self.scanned {
            let question = XMLQuestion.user("x\(number)", [("ip", "192.0.2.1")])
            do {
                let found = try await rig.documents.document(for: question)
                try #require(found == nil)
            } catch CacheFault.tooMuchUnknown {
                refused += 1
            }
        }
        #expect(refused == Self.scanned - 20)
        #expect(rig.tables.source.takeStatements().count == 20)
        #expect(rig.documents.counts?.refused == Self.scanned - 20)
        #expect(rig.documents.size.entries == 0)
        #expect(try await rig.ask(XMLQuestion.user("1000", [("ip", "192.0.2.2")])).document != nil)
    }

    /// Whoever calls one number after the other that leads nowhere is not looked up for, and those that lead somewhere cost
    /// nothing; nor is who asks for users in calls, wherever he is.
    @Test func numbersThatLeadNowhereAreNotLookedUp() async throws {
        var keeping = KeepingSettings()
        (keeping.cache.unknownCalledBurst, keeping.cache.unknownCalledPerSecond) = (20, 0)
        (keeping.cache.unknownTotalBurst, keeping.cache.unknownTotalPerSecond) = (100, 0)
        let rig = try KeptDocuments(keeping)
        let numbers = (0..<50).map { "4930\($0 + 100)" }
        for number in numbers {
            try rig.tables.dialplan(number, context: "public", ["domain_uuid": "D1"])
            try rig.tables.insert(
                "v_destinations",
                ["destination_number": number, "dialplan_uuid": "P-\(number)"],
                on: ["destination_enabled"]
            )
        }
        try rig.tables.dialplan("everybody's", context: "public")
        let caller = [("Caller-Network-Addr", "192.0.2.1")]
        for number in numbers {
            let found = try await rig.ask(XMLQuestion.context("public", number: number, caller)).document
            #expect(found?.all("extension").count == 2)
        }
        _ = rig.tables.source.takeStatements()
        func scan(_ question: (Int) -> XMLQuestion, by requester: String? = nil) async -> Int {
            for number in 0..<1000 {
                _ = try? await rig.documents.document(for: question(number), by: requester)
            }
            return rig.tables.source.takeStatements().count
        }
        #expect(await scan { XMLQuestion.context("public", number: "555\($0)", caller) } == 20)
        // His other look-ups have what is left, which is nothing.
        #expect(await scan({ XMLQuestion.user("555\($0)") }, by: "192.0.2.1") == 0)
        #expect(await scan({ XMLQuestion.user("555\($0)") }, by: "192.0.2.2") >= 20)
        let some = await scan { XMLQuestion.user("666\($0)") }
        #expect(some >= 60)
        #expect(await scan { XMLQuestion.user("777\($0)", [("ip", "192.0.2.3")]) } == 0)
    }

    /// An address of IPv6 stands for the network that it is in; calls from outside have a source, other calls none.
    @Test(
        arguments: [
            (XMLQuestion.user("1", [("ip", "192.0.2.1")]), CacheSource("192.0.2.1", .identity)),
            (XMLQuestion.user("1", [("ip", "2001:db8:1:2:3::4")]), CacheSource("2001:db8:1:2::", .identity)),
            (
                XMLQuestion.user("1", [("variable_sip_network_ip", "2001:db8:1:2:5::6")]),
                CacheSource("2001:db8:1:2::", .call)
            ),
            (XMLQuestion.user("1", [("ip", "nonsense")]), CacheSource("nonsense", .identity)),
            (XMLQuestion.user("1"), CacheSource("192.0.2.9", .call)),
            (XMLQuestion.context("public", [("Caller-Network-Addr", "192.0.2.1")]), CacheSource("192.0.2.1", .call)),
            (XMLQuestion.context("one.example", [("Caller-Network-Addr", "192.0.2.1")]), nil),
            (XMLQuestion.file("acl.conf"), nil),
        ] as [(XMLQuestion, CacheSource?)]
    )
    private func knowsWhoAsks(question: XMLQuestion, source: CacheSource?) throws {
        let key = try #require(DocumentKey.key(for: question, options: SmallTables.options))
        #expect(DocumentKey.source(of: question, for: key, requester: "192.0.2.9") == source)
    }

    /// Whoever asks first, and from wherever: a menu sends its callers to its own tenant.
    @Test func menusAreOfTheirOwnTenant() async throws {
        let rig = try KeptDocuments()
        try rig.tables.insert(
            "v_ivr_menus",
            ["ivr_menu_uuid": Self.menu, "domain_uuid": "D1"],
            on: ["ivr_menu_enabled", "ivr_menu_direct_dial"]
        )
        for host in ["one.example", "evil.example"] {
            let question = XMLQuestion(
                section: .configuration,
                value: "ivr.conf",
                fields: [("Menu-Name", Self.menu), ("variable_sip_from_host", host)]
            )
            let document = try #require(try await rig.ask(question).document)
            #expect(document.description.contains("XML one.example"))
            #expect(!document.description.contains("evil.example"))
            await rig.documents.forgetAll()
        }
    }

    /// Rows are kept by their bytes, and once each.
    @Test func rowsAreBounded() throws {
        let library = RowLibrary(bytes: 20_000)
        let text = String(repeating: "x", count: 1000)
        func elements(_ name: String, _ text: String) throws -> XMLNode? {
            try library.elements(of: [(name, text)], named: { $0 }) { (_) throws(RowFault) in
                [XMLNode("a", [("b", text)], [])]
            }[0].get().first
        }
        for number in 0..<100 {
            _ = try elements("\(number)", text)
            #expect(library.cost <= 20_000)
        }
        let last = try elements("99", text)
        #expect(try elements("99", text) === last)
        #expect(try elements("99", "other") !== last)
        let full = library.cost
        for number in 0..<100 { _ = try elements("99", "\(number)") }
        #expect(library.cost <= full)
        _ = try elements("large", String(repeating: "x", count: 30_000))
        #expect(library.cost <= 20_000)
    }

    /// Callers choose numbers: their lengths make few texts of statements.
    @Test func numbersMakeFewStatements() async throws {
        let rig = try KeptDocuments()
        var texts: Set<String> = []
        for length in 1...64 {
            _ = rig.tables.source.takeStatements()
            let number = String(repeating: "1", count: length)
            let more = [("variable_sip_to_user", "2" + number), ("variable_sip_req_user", "3" + number)]
            _ = try await rig.documents.document(for: XMLQuestion.context("public", number: number, more))
            texts.formUnion(rig.tables.source.takeStatements())
        }
        #expect(texts.count <= 8)
    }

    /// With the database away, what is known goes on.
    @Test func goesOnWithoutTheDatabase() async throws {
        let file = TemporaryDirectory()
        var keeping = KeepingSettings()
        keeping.cache.lifetime = .zero
        keeping.cache.staleWhileRevalidating = .zero
        let tables = try SmallTables(.v5_5, file: file.path + "/pbx.db")
        try tables.extension("1000")
        let handler = XMLHandler(tables.source, options: SmallTables.options)
        let documents = keeping.source(handler, in: nil) { _ in }
        #expect(try await documents.document(for: XMLQuestion.user("1000")) != nil)
        try tables.source.change(["ALTER TABLE v_extensions RENAME TO gone"])
        #expect(try await documents.document(for: XMLQuestion.user("1000")) != nil)
        await #expect(throws: (any Error).self) { try await documents.document(for: XMLQuestion.user("1001")) }
        await documents.forget("directory:1000@one.example")
        await #expect(throws: (any Error).self) { try await documents.document(for: XMLQuestion.user("1000")) }
    }

    @Test func forgetsOverHTTP() async throws {
        let rig = try KeptDocuments()
        try rig.tables.extension("1000")
        let service = HandlerService(
            rig.documents,
            credentials: HandlerCredentials("web:secret"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            isHealthy: { true }
        )
        let known = [(name: "Authorization", value: "Basic " + Base64.encode("web:secret".utf8))]
        _ = try await rig.ask(XMLQuestion.user("1000"))
        let paths = [
            ("/cache/directory%3A1000%40one.example", "forgotten: 1\n"), ("/cache", "forgotten: 0\n"),
            ("/cache/nothing", "forgotten: 0\n"),
        ]
        for (path, text) in paths {
            let stranger = await service.answer(HTTPRequest("DELETE", path))
            #expect(stranger.status == .unauthorized)
            #expect(await service.answer(HTTPRequest("DELETE", path, headers: known)).text == text)
        }
        #expect(await service.answer(HTTPRequest("DELETE", "/", headers: known)).status == .notFound)
        let metrics = await service.answer(HTTPRequest("GET", "/metrics")).text
        #expect(metrics.contains("tandem_xml_handler_cache_total{outcome=\"loaded\"} 1"))
    }

    /// Whoever asks for too many that are not there is told so, and not that the service fails.
    @Test func limitsOverHTTP() async throws {
        var keeping = KeepingSettings()
        (keeping.cache.unknownBurst, keeping.cache.unknownPerSecond) = (1, 0)
        let (rig, log) = (try KeptDocuments(keeping), LogCapture())
        let service = HandlerService(
            rig.documents,
            credentials: nil,
            logger: Logger(label: "test") { _ in log },
            isHealthy: { true }
        )
        var statuses: [Int] = []
        for user in ["1", "2"] {
            let form = "section=directory&action=sip_auth&user=\(user)&domain=one.example&ip=192.0.2.1"
            let page = await service.answer(HTTPRequest("POST", "/", headers: [], body: Array(form.utf8)))
            statuses.append(page.status.rawValue)
        }
        #expect(statuses == [200, 429])
        #expect(log.lines == [])
        let metrics = await service.answer(HTTPRequest("GET", "/metrics")).text
        #expect(metrics.contains("tandem_xml_handler_requests_total{outcome=\"limited\"} 1"))
    }

    @Test(
        arguments: [
            ("fusion::memcache", "delete directory:1000@a.b", .key("directory:1000@a.b")),
            ("fusion::file", "delete dialplan.a.b", .key("dialplan.a.b")), ("fusion::file", "flush", .everything),
            ("fusion::memcache", "FLUSH", .everything), ("fusion::file", "delete", nil), ("fusion::file", "get a", nil),
            ("sofia::register", "delete a", nil), ("fusion::file", "", nil),
        ] as [(String, String, ForgetListener.Request?)]
    )
    private func readsEvents(subclass: String, argument: String, request: ForgetListener.Request?) {
        var event = Event(.custom, subclass: subclass)
        event.add("API-Command-Argument", argument)
        #expect(ForgetListener.request(in: event) == request)
    }
}

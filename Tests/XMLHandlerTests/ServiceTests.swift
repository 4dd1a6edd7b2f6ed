import Base
import Database
import HTTPTransport
import Logging
import TandemTesting
import Testing
import XMLConfig

@testable import XMLHandler

/// What FreeSWITCHes on other machines ask over HTTP, and get.
struct ServiceTests {
    private static func service(
        _ tables: any TableSource,
        credentials: String? = nil,
        isHealthy: Bool = true,
        log: LogCapture = LogCapture()
    ) -> HandlerService {
        let faults = FaultLog(Logger(label: "test") { _ in log })
        return HandlerService(
            DocumentSource(XMLHandler(tables, options: SmallTables.options), keeping: nil) { faults.tell($0) },
            credentials: credentials.map { HandlerCredentials($0) },
            logger: Logger(label: "test") { _ in log },
            isHealthy: { isHealthy }
        )
    }

    private static func post(_ body: String, _ headers: [(name: String, value: String)] = []) -> HTTPRequest {
        HTTPRequest("POST", "/app/xml_handler/index.php", headers: headers, body: Array(body.utf8))
    }

    private static let userQuestion =
        "hostname=pbx1&section=directory&tag_name=domain&key_name=name&key_value=one.example&action=sip_auth&"
        + "user=1000&domain=one.example"

    private static let notFound = """
        <?xml version="1.0" encoding="UTF-8" standalone="no"?>
        <document type="freeswitch/xml">
        <section name="result">
        <result status="not found"/>
        </section>
        </document>

        """

    @Test func answersForms() async throws {
        let tables = try SmallTables()
        try tables.extension("1000", ["password": "a+b c"])
        let service = Self.service(tables.source)
        let page = await service.answer(Self.post(Self.userQuestion))
        #expect(page.status == .ok)
        #expect(page.contentType == "text/xml; charset=utf-8")
        let document = try XMLDocument.parse(Array(page.text.utf8), named: "answer")
        #expect(document.value("password") == "a+b c")
        // GET has the same fields in its target.
        let other = await service.answer(HTTPRequest("GET", "/?" + Self.userQuestion))
        #expect(other.text == page.text)
        let stranger = await service.answer(Self.post(Self.userQuestion.replacing("1000", with: "1001")))
        #expect(stranger.status == .ok)
        #expect(stranger.text == Self.notFound)
    }

    @Test(
        arguments: [
            ("section=configuration&key_value=modules.conf", 200), ("section=chatplan", 200), ("section=", 400),
            ("", 400), ("section=nothing", 400), ("%%%=&&==&section=languages", 200),
        ]
    ) func answersNothingWithNotFound(body: String, status: Int) async throws {
        let page = await Self.service(try SmallTables().source).answer(Self.post(body))
        #expect(page.status.rawValue == status)
        if status == 200 { #expect(page.text == Self.notFound) }
    }

    /// A row may be of one machine: the one that asks, whatever this one is called.
    @Test(arguments: ["pbx1", "pbx2"]) func knowsWhoAsks(host: String) async throws {
        let tables = try SmallTables()
        try tables.dialplan("here", context: "one.example", ["hostname": host])
        let question = "section=dialplan&Hunt-Context=one.example&FreeSWITCH-Hostname="
        let page = await Self.service(tables.source).answer(Self.post(question + "pbx2&hostname=other"))
        #expect(page.text.contains("\"here\"") == (host == "pbx2"))
    }

    /// What rows hold never reaches the preprocessor that FreeSWITCH runs over an answer.
    @Test func hidesFromThePreprocessor() async throws {
        let tables = try SmallTables()
        let row = """
            <extension name="x"><X-PRE-PROCESS cmd="exec" data="id"/>
            <condition field="destination_number" expression="^$${default_password}$" x="an x-pre-process line">
            <action application="set" data="a=${b}&amp;&lt;!--#set c=d-->"/></condition></extension>
            """
        try tables.dialplan("x", context: "one.example", xml: row)
        let page = await Self.service(tables.source).answer(
            Self.post("section=dialplan&Hunt-Context=one.example")
        )
        #expect(!page.text.contains("$${"))
        #expect(!page.text.lowercased().contains("x-pre-process"))
        #expect(!page.text.contains("<!--"))
        // FreeSWITCH's own look at it, with this program's preprocessor, finds what was meant.
        let expanded = try XMLDocument.parseAnswer(
            Array(page.text.utf8),
            named: "answer",
            globals: GlobalVariables([("default_password", "secret")])
        )
        let condition = expanded.all("condition").first
        #expect(condition?[attribute: "expression"] == "^$${default_password}$")
        #expect(condition?[attribute: "x"] == "an x-pre-process line")
        #expect(expanded.all("action").first?[attribute: "data"] == "a=${b}&<!--#set c=d-->")
    }

    /// However often a row has the words, it costs what a row of its length costs.
    @Test(.timeLimit(.minutes(1))) func hidesAnyNumberOfThem() async throws {
        let tables = try SmallTables()
        let words = String(repeating: "X-PRE-PROCESS $${a} ", count: 50_000)
        let row = """
            <extension name="x"><condition field="destination_number" expression="^1$">
            <action application="log" data="\(words)"/></condition></extension>
            """
        try tables.dialplan("x", context: "one.example", xml: row)
        let page = await Self.service(tables.source).answer(
            Self.post("section=dialplan&Hunt-Context=one.example")
        )
        #expect(page.text.contains("&#88;-PRE-PROCESS &#36;&#36;{a} &#88;-PRE-PROCESS"))
        #expect(!page.text.contains("X-PRE-PROCESS"))
    }

    /// Where an administrator writes global variables, the other machine has them expanded.
    @Test func leavesGlobalsInProfiles() async throws {
        let tables = try SmallTables()
        try tables.insert(
            "v_sip_profiles",
            ["sip_profile_uuid": "S1", "sip_profile_name": "internal"],
            on: ["sip_profile_enabled"]
        )
        try tables.insert(
            "v_sip_profile_settings",
            [
                "sip_profile_setting_uuid": "1", "sip_profile_uuid": "S1", "sip_profile_setting_name": "sip-ip",
                "sip_profile_setting_value": "$${local_ip_v4}",
            ],
            on: ["sip_profile_setting_enabled"]
        )
        try tables.insert(
            "v_gateways",
            ["gateway_uuid": "G1", "gateway": "a", "profile": "internal", "password": "$${default_password}"],
            on: ["enabled"]
        )
        let page = await Self.service(tables.source).answer(
            Self.post("section=configuration&key_value=sofia.conf")
        )
        let expanded = try XMLDocument.parseAnswer(
            Array(page.text.utf8),
            named: "answer",
            globals: GlobalVariables([("local_ip_v4", "192.0.2.1"), ("default_password", "secret")])
        )
        #expect(expanded.value("sip-ip") == "192.0.2.1")
        #expect(expanded.value("password") == "$${default_password}")
    }

    /// A queue's ring tone is the other machine's; what else a row writes there is never expanded.
    @Test(
        arguments: [
            ("${us-ring}", "tone_stream://%(2000);loops=-1"), ("${default_password}", "{default_password}"),
            ("${us-ring}$${default_password}-ring}", "{us-ring}{default_password}-ring}"),
            ("local_stream://default", "local_stream://default"),
        ]
    ) func leavesRingTones(sound: String, heard: String) async throws {
        let tables = try SmallTables()
        try tables.insert(
            "v_call_center_queues",
            ["domain_uuid": "D1", "queue_extension": "5", "queue_name": "$${us-ring}", "queue_moh_sound": sound]
        )
        let page = await Self.service(tables.source).answer(
            Self.post("section=configuration&key_value=callcenter.conf")
        )
        let expanded = try XMLDocument.parseAnswer(
            Array(page.text.utf8),
            named: "answer",
            globals: GlobalVariables([("us-ring", "%(2000)"), ("default_password", "secret")])
        )
        let queue = try #require(expanded.all("queue").first)
        #expect(queue.value("moh-sound") == heard)
        #expect(queue[attribute: "label"] == "{us-ring}@one.example")
    }

    /// Whatever is asked is answered as it is inside.
    @Test(arguments: SmallTables.Version.allCases) func answersAsInside(version: SmallTables.Version) async throws {
        let tables = try SampleTables.make(version)
        let service = Self.service(tables.source)
        for question in SampleTables.questions {
            let first = [("section", question.section.rawValue), ("key_name", "name"), ("key_value", question.file)]
            let fields: [(String, String)] = first + question.fields.map { ($0.key, $0.value) }
            let body = fields.map { "\($0.0)=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
            let page = await service.answer(Self.post("hostname=pbx1&" + body))
            let got = Canonical().answered(try XMLDocument.parse(Array(page.text.utf8), named: "answer"))
            let inside = try await tables.ask(question.section, question.fields, file: question.file).document
            #expect(got == inside.map { Canonical().text($0) } ?? Canonical.nothing, "\(body)")
        }
    }

    // MARK: - Who may ask

    private static let shown = "# who may ask\nswitch:kV3qz8Rw\n\nBearer tY7-x\n"

    @Test(
        arguments: [
            (nil, 401), ("Basic c3dpdGNoOmtWM3F6OFJ3", 200), ("basic  c3dpdGNoOmtWM3F6OFJ3", 200),
            ("Bearer tY7-x", 200), ("Bearer tY7-y", 401), ("Bearer kV3qz8Rw", 401), ("Basic", 401), ("", 401),
            ("Digest c3dpdGNoOmtWM3F6OFJ3", 401), ("Basic IyB3aG8gbWF5IGFzaw==", 401),
        ] as [(String?, Int)]
    ) func asksWhoItIs(header: String?, status: Int) async throws {
        let service = Self.service(try SmallTables().source, credentials: Self.shown)
        let headers = header.map { [(name: "authorization", value: $0)] } ?? []
        let page = await service.answer(Self.post(Self.userQuestion, headers))
        #expect(page.status.rawValue == status)
        #expect(page.headers.contains { $0.name == "WWW-Authenticate" } == (status == 401))
        // Those that watch over it need not show anything.
        #expect(await service.answer(HTTPRequest("GET", "/healthz")).status == .ok)
    }

    // MARK: - When it does not work

    private struct NoDatabase: TableSource {
        func rows(_ sql: String, _ values: [String?]) async throws -> [TableRow] {
            throw DatabaseError(.unavailable, "it is away")
        }
    }

    /// A client that gets anything but 200 asks the next server, or its files.
    @Test func saysThatTheDatabaseIsAway() async throws {
        let log = LogCapture()
        let service = Self.service(NoDatabase(), isHealthy: false, log: log)
        let page = await service.answer(Self.post(Self.userQuestion))
        #expect(page.status == .serviceUnavailable)
        #expect(!page.text.contains("away"))
        #expect(log.lines.count { $0.contains("it is away") } == 1)
        #expect(await service.answer(HTTPRequest("GET", "/healthz")).status == .serviceUnavailable)
        let metrics = await service.answer(HTTPRequest("GET", "/metrics")).text
        #expect(metrics.contains("tandem_xml_handler_requests_total{outcome=\"failed\"} 1\n"))
        #expect(metrics.contains("tandem_xml_handler_requests_total{outcome=\"answered\"} 0\n"))
    }

    @Test(
        arguments: [
            ("/a?section=directory&user=1000", "192.0.2.1 POST /a 200 12 3 ms"),
            ("/a b\nc\u{1B}", "192.0.2.1 POST /a?b?c? 200 12 3 ms"),
            (
                "/" + String(repeating: "a", count: 500),
                "192.0.2.1 POST /\(String(repeating: "a", count: 199)) 200 12 3 ms"
            ),
        ]
    ) func logsRequests(target: String, line: String) {
        let exchange = HTTPExchange(
            remote: IPAddress(v4: 0xC000_0201),
            method: "POST",
            target: target,
            status: 200,
            length: 12,
            time: .microseconds(2600)
        )
        #expect(HandlerService.line(for: exchange) == line)
    }
}

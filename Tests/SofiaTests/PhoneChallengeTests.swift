import SIP
import SwitchCore
import Synchronization
import TandemTesting
import Testing
import XMLConfig

/// Phones that want a password of the switch that calls them (`reverse-auth-lookup`).
struct PhoneChallengeTests {
    /// Has an answer to challenges for every user of every domain, and notes whose was asked for.
    private final class Provider: XMLProvider {
        let asked = Mutex<[String]>([])
        private let params: String

        init(_ params: String) { self.params = params }

        func fetch(
            section: XMLSection,
            tag: String,
            key: String,
            value: String,
            parameters: [(String, String)]
        ) async -> XMLProviderAnswer {
            let values = Dictionary(parameters) { first, _ in first }
            guard let user = values["user"], values["action"] == "reverse-auth-lookup" else { return .notFound }
            asked.withLock { $0.append("\(user)@\(value) for \(LookUpRequester.address ?? "nobody")") }
            let text = """
                <document type="freeswitch/xml"><section name="directory"><domain name="\(value)">
                  <user id="\(user)"><params>\(params)</params></user>
                </domain></section></document>
                """
            guard let node = try? XMLDocument.parse(Array(text.utf8), named: "provider") else { return .notFound }
            return .document(node)
        }
    }

    /// A switch, and a phone at 10.0.0.99 that has registered a contact as 1001.
    private final class Bench {
        let exchange: SimulatedSwitch
        let peer: WirePeer
        let hangups: EventSubscription
        private let provider: Provider

        init(contact: String = "<sip:1001@10.0.0.99>", params: String = Bench.params) throws {
            let settings = ["accept-blind-reg": "true", "auth-calls": "false"]
            exchange = try SimulatedSwitch(seed: 1, settings: settings)
            hangups = exchange.softswitch.events.subscribe(to: [.channelHangup]) {}
            exchange.start()
            provider = Provider(params)
            exchange.softswitch.xml.bind(provider, named: "provider", to: [.directory])
            peer = WirePeer(exchange)
            let user = "<sip:1001@10.0.0.1>"
            let headers = ["Contact: \(contact)", "Expires: 3600"]
            let answer = peer.request("REGISTER", uri: "sip:10.0.0.1", from: user, to: user, callID: "phone", headers)
            try #require(answer?.status == 200)
        }

        static let params = """
            <param name="reverse-auth-user" value="phone"/><param name="reverse-auth-pass" value="Gk4vTz"/>
            """
        static let challenge = "Proxy-Authenticate: Digest realm=\"phone\", nonce=\"n\", qop=\"auth\""
        private static let sdp =
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"

        func call(_ dial: String) {
            _ = exchange.command("bgapi originate \(dial) &park()")
            exchange.loop.advance(by: .seconds(1))
        }

        func answer(_ invite: SIPMessage) {
            let headers = ["Contact: <sip:1001@10.0.0.99>", "Content-Type: application/sdp"]
            peer.respond(200, to: invite, headers, body: Self.sdp)
        }

        func request(_ method: SIPMethod, to peer: WirePeer? = nil) throws -> SIPMessage {
            try #require((peer ?? self.peer).heard.last { $0.isRequest && $0.method == method })
        }

        var asked: [String] { provider.asked.withLock { $0 } }
    }

    /// The whole call: its INVITE and all that follows are answered for, after one question.
    @Test func aCallIsAnsweredFor() throws {
        let bench = try Bench()
        bench.call("user/1001@10.0.0.1")
        let first = try bench.request(.invite)
        bench.peer.respond(407, to: first, [Bench.challenge])
        let second = try bench.request(.invite)
        #expect(second.cseq == first.cseq + 1 && second.callID == first.callID && second.fromTag == first.fromTag)
        let text = try #require(second.first(.proxyAuthorization))
        let credentials = try #require(DigestCredentials(parsing: text))
        let secret = DigestSecret.password("Gk4vTz")
        #expect(credentials.username == "phone")
        #expect(credentials.response == credentials.expectedResponse(method: .invite, secret: secret))
        bench.answer(second)
        #expect(try bench.request(.ack).cseq == second.cseq)
        _ = bench.exchange.command("hupall")
        bench.exchange.loop.advance(by: .milliseconds(100))
        #expect(try bench.request(.bye).contains(.proxyAuthorization))
        #expect(bench.asked == ["1001@10.0.0.1 for 10.0.0.99"])
    }

    private struct Row {
        var contact = "<sip:1001@10.0.0.99>"
        let dial: String
        /// For whom somebody is asked; nobody is when `nil`.
        var asked: String?
    }

    private static let rows = [
        Row(dial: "user/1001@10.0.0.1", asked: "1001@10.0.0.1"),
        // A phone that names another user in its contact answers for its own.
        Row(contact: "<sip:1002@10.0.0.98>", dial: "user/1001@10.0.0.1", asked: "1001@10.0.0.1"),
        Row(contact: "<sip:1002@10.0.0.98>", dial: "sofia/internal/1001%10.0.0.1"),
        // Whom To names is no matter: phones decide that.
        Row(contact: "<sip:1002@10.0.0.99:5060>", dial: "sofia/internal/1001%10.0.0.1"),
        Row(dial: "{dialed_user=1002,dialed_domain=10.0.0.1}sofia/internal/1001@10.0.0.99"),
        Row(dial: "sofia/internal/1002@10.0.0.99"),
        Row(dial: "sofia/internal/1002@10.0.0.1;fs_path=sip:10.0.0.99"),
        Row(dial: "sofia/internal/1002@10.0.0.1;maddr=10.0.0.99"),
        Row(dial: "sofia/internal/sip:10.0.0.99"),
    ]

    @Test(arguments: rows.indices)
    func theRightUserIsAskedFor(_ number: Int) throws {
        let row = Self.rows[number]
        let bench = try Bench(contact: row.contact)
        bench.call(row.dial)
        let first = try bench.request(.invite)
        bench.peer.respond(407, to: first, [Bench.challenge])
        #expect(bench.asked == (row.asked.map { ["\($0) for 10.0.0.99"] } ?? []), "\(row.dial)")
        #expect(try (bench.request(.invite).cseq > first.cseq) == (row.asked != nil), "\(row.dial)")
        let causes = bench.hangups.takeAll().compactMap { $0["Hangup-Cause"] }
        #expect(causes == (row.asked == nil ? ["MANDATORY_IE_MISSING"] : []), "\(row.dial)")
    }

    /// Whoever is named by the far end has no password proved to him.
    @Test func redirectedCallsAreNotAnsweredFor() throws {
        let bench = try Bench()
        let other = WirePeer(bench.exchange, at: "10.0.0.98")
        bench.call("user/1001@10.0.0.1")
        try bench.peer.respond(302, to: bench.request(.invite), ["Contact: <sip:1001@10.0.0.98>"])
        let invite = try bench.request(.invite, to: other)
        other.respond(407, to: invite, [Bench.challenge])
        #expect(try bench.request(.invite, to: other).cseq == invite.cseq)
        #expect(bench.asked.isEmpty)
        #expect(bench.hangups.takeAll().compactMap { $0["Hangup-Cause"] } == ["CALL_REJECTED"])
    }

    /// Users without an answer, and one that is not right.
    @Test(arguments: [
        ("", "MANDATORY_IE_MISSING", 1), ("<param name=\"reverse-auth-user\" value=\"a\"/>", "MANDATORY_IE_MISSING", 1),
        ("<param name=\"reverse-auth-pass\" value=\"b\"/>", "MANDATORY_IE_MISSING", 1),
        ("<param name=\"password\" value=\"Gk4vTz\"/>", "MANDATORY_IE_MISSING", 1),
        (Bench.params, "CALL_REJECTED", 2),
    ])
    func callsFail(params: String, cause: String, invites: Int) throws {
        let bench = try Bench(params: params)
        bench.call("user/1001@10.0.0.1")
        for _ in 0..<2 { try bench.peer.respond(407, to: bench.request(.invite), [Bench.challenge]) }
        let sent = bench.peer.heard.filter { $0.isRequest && $0.method == .invite }
        #expect(Set(sent.map(\.topBranch)).count == invites)
        #expect(bench.hangups.takeAll().compactMap { $0["Hangup-Cause"] } == [cause])
        #expect(bench.asked.count == 1)
    }
}

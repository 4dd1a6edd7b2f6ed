import Base
import SIP
import SwitchCore
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import Sofia

/// For whom users are looked up, and what becomes of those who cannot be.
struct UserLookUpTests {
    /// Answers nothing, and notes who is asked for, and for whom.
    private final class Provider: XMLProvider {
        let asked = Mutex<[String]>([])
        let answer: XMLProviderAnswer

        init(_ answer: XMLProviderAnswer) { self.answer = answer }

        func fetch(
            section: XMLSection,
            tag: String,
            key: String,
            value: String,
            parameters: [(String, String)]
        ) async -> XMLProviderAnswer {
            let user = parameters.first { $0.0 == "user" }?.1 ?? ""
            asked.withLock { $0.append("\(user) for \(LookUpRequester.address ?? "nobody")") }
            return answer
        }
    }

    private static let contact = "Contact: <sip:1000@10.0.0.99>"

    private static func answer(
        _ peer: WirePeer,
        _ method: String,
        to user: String,
        of domain: String = "10.0.0.1",
        nonce: String?
    ) throws -> SIPMessage? {
        let who = "<sip:\(user)@\(domain)>"
        let isCall = method == "INVITE"
        let uri = isCall ? "sip:5001@10.0.0.1" : "sip:10.0.0.1"
        let asked = peer.request(method, uri: uri, from: who, to: who, callID: "\(user)-\(nonce ?? "")", [contact])
        let text = try #require(asked?.first(isCall ? .proxyAuthenticate : .wwwAuthenticate))
        var challenge = try #require(DigestChallenge(parsing: text))
        if let nonce { challenge.nonce = nonce }
        let credentials = DigestCredentials(
            answering: challenge,
            account: DigestAccount(username: user, secret: .password("kV3qz8Rw")),
            method: isCall ? .invite : .register,
            uri: uri,
            cnonce: "c",
            nonceCount: 1
        )
        let header = isCall ? "Proxy-Authorization" : "Authorization"
        let lines = [contact, "\(header): \(credentials.headerValue)"]
        return peer.request(method, uri: uri, from: who, to: who, callID: "\(user)-\(nonce ?? "")", cseq: 2, lines)
    }

    /// Nobody is looked up for whoever may not have got a challenge of ours, and no address goes into the log for it.
    @Test(arguments: ["REGISTER", "INVITE"]) func inventedNoncesCostNothing(method: String) throws {
        let log = LogCapture()
        let exchange = try SimulatedSwitch(seed: 1, settings: ["log-auth-failures": "true"], log: log)
        exchange.start()
        let provider = Provider(.notFound)
        exchange.softswitch.xml.bind(provider, named: "p", to: [.directory])
        let peer = WirePeer(exchange)
        let invented = try #require(try Self.answer(peer, method, to: "1000", nonce: String(repeating: "0", count: 56)))
        #expect(invented.status == (method == "INVITE" ? 407 : 401))
        let challenge = invented.first(method == "INVITE" ? .proxyAuthenticate : .wwwAuthenticate)
        #expect(challenge?.contains("stale=true") == true)
        #expect(provider.asked.withLock { $0 } == [])
        #expect(!log.lines.contains { $0.contains("SIP auth failure") })
        let ours = try #require(try Self.answer(peer, method, to: "1999", nonce: nil))
        #expect(ours.status == 403)
        #expect(provider.asked.withLock { $0 } == ["1999 for nobody"])
        #expect(log.lines.contains { $0.contains("SIP auth failure (\(method))") })
    }

    /// Whoever cannot be looked up may be there, and asks again; the domains that the files have are answered from them.
    @Test(arguments: ["REGISTER", "INVITE"]) func whoCannotBeLookedUpAsksAgain(method: String) throws {
        for answer in [XMLProviderAnswer.unanswered, .failure("away")] {
            let exchange = try SimulatedSwitch(seed: 1)
            exchange.start()
            exchange.softswitch.xml.bind(Provider(answer), named: "p", to: [.directory])
            let peer = WirePeer(exchange)
            let response = try #require(try Self.answer(peer, method, to: "1999", of: "b.example", nonce: nil))
            #expect(response.status == 503)
            #expect(response.first(.retryAfter) == "5")
            let known = try #require(try Self.answer(peer, method, to: "1000", nonce: nil))
            #expect(known.status == (method == "INVITE" ? 486 : 200))
        }
    }

    /// What a dialplan looks up for a caller is his, also in the legs that are called for him.
    @Test func lookUpsOfCallsAreTheCallers() throws {
        let exchange = try SimulatedSwitch(
            seed: 1,
            settings: ["auth-calls": "false"],
            actions: [("set", "there=${user_exists id 4711 10.0.0.1}"), ("bridge", "user/4712@10.0.0.1")]
        )
        exchange.start()
        let provider = Provider(.notFound)
        exchange.softswitch.xml.bind(provider, named: "p", to: [.directory])
        let peer = WirePeer(exchange)
        #expect(peer.request("INVITE", uri: "sip:5005@10.0.0.1", [Self.contact]) != nil)
        #expect(exchange.command("user_exists id 4713 10.0.0.1") == "false")
        let asked = provider.asked.withLock { $0 }
        #expect(asked == ["4711 for 10.0.0.99", "4712 for 10.0.0.99", "4713 for nobody"])
    }
}

import SIP
import SwitchCore
import TandemTesting
import Testing

/// Phones that ring together for one caller, on the wire.
struct RingGroupTests {
    private static let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"

    private static func headers(_ address: String) -> [String] {
        ["Contact: <sip:a@\(address)>", "Content-Type: application/sdp"]
    }

    /// A phone lists a call as missed unless it hears that another one took it (RFC 3326).
    @Test(arguments: [(true, true), (true, false), (false, true)])
    func losersHearOfAnAnswer(isAnswered: Bool, isTold: Bool) throws {
        let wish = isTold ? "" : ",ignore_completed_elsewhere=true"
        let dial = "{originate_timeout=5\(wish)}sofia/internal/a@10.0.0.97,sofia/internal/b@10.0.0.98"
        let exchange = try SimulatedSwitch(seed: 1, settings: ["auth-calls": "false"], actions: [("bridge", dial)])
        exchange.start()
        let caller = WirePeer(exchange)
        let (loser, winner) = (WirePeer(exchange, at: "10.0.0.97"), WirePeer(exchange, at: "10.0.0.98"))
        let uri = "sip:5005@10.0.0.1"
        caller.request("INVITE", uri: uri, to: "<\(uri)>", Self.headers("10.0.0.99"), body: Self.sdp)
        let lost = try #require(loser.heard.first { $0.method == .invite })
        let won = try #require(winner.heard.first { $0.method == .invite })
        loser.respond(180, to: lost, [])
        winner.respond(180, to: won, [])
        #expect(!loser.heard.contains { $0.method == .cancel })
        if isAnswered {
            winner.respond(200, to: won, Self.headers("10.0.0.98"), body: Self.sdp)
        } else {
            exchange.loop.advance(by: .seconds(6))
        }
        let cancel = try #require(loser.heard.first { $0.method == .cancel })
        let reason = try #require(cancel.first(named: "Reason"))
        let elsewhere = "SIP;cause=200;text=\"Call completed elsewhere\""
        #expect((reason == elsewhere) == (isAnswered && isTold), "\(reason)")
        #expect(reason.hasPrefix("Q.850;cause=") != (isAnswered && isTold))
        #expect(winner.heard.contains { $0.method == .cancel } != isAnswered)
        #expect(caller.heard.contains { $0.status == 200 } == isAnswered)
    }
}

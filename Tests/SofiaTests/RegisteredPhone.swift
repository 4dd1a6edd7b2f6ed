import SIP
import SwitchCore
import TandemTesting
import Testing

/// A switch with a registered phone at 10.0.0.99, which the test speaks for.
final class RegisteredPhone {
    let exchange: SimulatedSwitch
    let peer: WirePeer
    let events: EventSubscription
    let log = LogCapture()

    init(settings: [String: String] = [:], userAgent: String = "Test") throws {
        exchange = try SimulatedSwitch(
            seed: 3,
            settings: settings.merging(["accept-blind-reg": "true", "auth-calls": "false"]) { $1 },
            log: log
        )
        events = exchange.softswitch.events.subscribe(to: [.custom]) {}
        exchange.start()
        peer = WirePeer(exchange)
        let headers = ["Contact: <sip:1000@10.0.0.99>", "User-Agent: \(userAgent)", "Expires: 3600"]
        let answer = peer.request("REGISTER", uri: "sip:10.0.0.1", callID: "phone", headers)
        try #require(answer?.status == 200)
    }

    /// The subclasses of what was told since the last time.
    func told() -> [String] { events.takeAll().compactMap { $0["Event-Subclass"] } }

    func wait(_ seconds: Int) { exchange.loop.advance(by: .seconds(seconds)) }

    var contact: String { exchange.command("sofia_contact 1000@10.0.0.1") }
}

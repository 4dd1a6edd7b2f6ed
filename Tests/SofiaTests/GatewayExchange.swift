import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// A switch with a gateway named `carrier` at 10.0.0.99, where somebody listens.
final class GatewayExchange {
    let exchange: SimulatedSwitch
    let peer: WirePeer
    let events: EventSubscription

    init(
        _ parameters: [String: String] = [:],
        others: String = "",
        variables: String = "",
        settings: [String: String] = [:],
        domainParts: String = "",
        actions: [(application: String, data: String)] = []
    ) throws {
        exchange = try SimulatedSwitch(
            seed: 1,
            settings: settings,
            profileParts: "<gateways>\(Self.gateway("carrier", parameters, variables))\(others)</gateways>",
            domainParts: domainParts,
            actions: actions
        )
        peer = WirePeer(exchange)
        events = exchange.softswitch.events.subscribe(to: [.custom]) {}
        exchange.start()
        exchange.loop.advance(by: .milliseconds(100))
    }

    static func gateway(_ name: String, _ parameters: [String: String], _ variables: String = "") -> String {
        let defaults = ["username": "acc", "password": "Gk4vTz", "proxy": "10.0.0.99"]
        let all = defaults.merging(parameters) { $1 }.sorted { $0.key < $1.key }
        let lines = all.map { "<param name=\"\($0.key)\" value=\"\($0.value)\"/>" }.joined()
        return "<gateway name=\"\(name)\">\(lines)\(variables)</gateway>"
    }

    /// The newest request of a method.
    func request(_ method: SIPMethod) throws -> SIPMessage {
        try #require(peer.heard.last { $0.isRequest && $0.method == method })
    }

    /// How many requests of a method came, without those that were sent again.
    func count(_ method: SIPMethod) -> Int {
        Set(peer.heard.filter { $0.isRequest && $0.method == method }.map(\.topBranch)).count
    }

    /// Takes the registration.
    func accept(expires: Int = 3600) throws {
        try peer.respond(
            200,
            to: request(.register),
            ["Contact: <sip:gw+carrier@10.0.0.1:5060>;expires=\(expires)"]
        )
    }

    func wait(_ seconds: Int) { exchange.loop.advance(by: .seconds(seconds)) }

    /// What is told of the gateways since the last time.
    func told() -> [String] {
        events.takeAll().filter { $0.subclass?.hasPrefix("sofia::gateway") == true }.map { event in
            let values = ["Gateway", "State", "Ping-Status", "Phrase", "Status"].compactMap { event[$0] }
            return "\(event.subclass?.dropFirst("sofia::gateway_".count) ?? "") \(values.joined(separator: " "))"
        }
    }

    func status(_ name: String = "carrier") -> [String: String] {
        let lines = exchange.command("sofia status gateway \(name)").split(separator: "\n")
        let pairs = lines.map { $0.split(separator: "\t", maxSplits: 1).map { $0.filter { $0 != " " } } }
        return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { first, _ in first }
    }

    var stateAndStatus: String { "\(status()["State"] ?? "") \(status()["Status"] ?? "")" }

    func variable(_ name: String, of direction: CallDirection) -> String? {
        let session = exchange.softswitch.sessions.all.first { $0.direction == direction }
        return exchange.loop.run { await session?.variable(name) } ?? nil
    }
}

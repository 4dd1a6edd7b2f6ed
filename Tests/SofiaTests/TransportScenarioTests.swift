import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

/// The same calls over every transport and both families of addresses.
struct TransportScenarioTests {
    private static let families: [IPAddress.Family] = [.v4, .v6]
    private static let transports: [SIPTransportKind] = [.udp, .tcp]

    private static func expectNothingLeft(_ exchange: SimulatedSwitch, registrations: Int) {
        exchange.loop.advance(by: .seconds(60))
        #expect(exchange.softswitch.sessions.count == 0)
        for name in ["transactions", "dialogs", "sip_calls"] { #expect(exchange.gauge(name) == 0, "\(name)") }
        #expect(exchange.gauge("timers") == registrations)
        #expect(exchange.gauge("registrations") == registrations)
    }

    @Test(arguments: families, transports)
    func registersCallsAndHangsUp(family: IPAddress.Family, transport: SIPTransportKind) throws {
        let exchange = try SimulatedSwitch(seed: 1, family: family)
        exchange.start()
        let phone = SimulatedPhone(exchange, over: transport, seed: 1)
        phone.register(expires: 3_600)
        exchange.loop.advance(by: .seconds(1))
        let call = phone.call("5000")
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["REGISTER 200", "answered"])
        phone.hangUp(call)
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard.last == "ended")
        Self.expectNothingLeft(exchange, registrations: 1)
        #expect(phone.leftovers == 0)
    }

    @Test(arguments: families, transports)
    func callsARegisteredPhone(family: IPAddress.Family, transport: SIPTransportKind) throws {
        let exchange = try SimulatedSwitch(seed: 2, family: family)
        exchange.start()
        let (caller, callee) = (
            SimulatedPhone(exchange, seed: 1), SimulatedPhone(exchange, user: "1001", over: transport, seed: 2)
        )
        callee.register(expires: 3_600)
        exchange.loop.advance(by: .seconds(1))
        let call = caller.call("1001")
        exchange.loop.advance(by: .seconds(1))
        #expect(caller.heard == ["answered"])
        #expect(callee.heard == ["REGISTER 200", "called"])
        #expect(exchange.softswitch.sessions.count == 2)
        caller.hangUp(call)
        exchange.loop.advance(by: .seconds(1))
        #expect(callee.heard.last == "ended")
        // The callee gives up before the answer of the next one.
        callee.manner = .rings
        let cancelled = caller.call("1001")
        exchange.loop.advance(by: .seconds(1))
        caller.hangUp(cancelled)
        exchange.loop.advance(by: .seconds(1))
        #expect(callee.heard.suffix(2) == ["called", "cancelled"])
        Self.expectNothingLeft(exchange, registrations: 1)
        #expect(caller.leftovers == 0 && callee.leftovers == 0)
    }

    /// A phone behind a NAT is called over the connection of its registration, and not at all without it; any other
    /// phone is then called at its contact.
    @Test(arguments: [
        (true, true, "answered"), (true, false, "rejected 480"), (false, true, "answered"), (false, false, "answered"),
    ])
    func connectionsThatBreak(isBehindNAT: Bool, isConnected: Bool, outcome: String) throws {
        let exchange = try SimulatedSwitch(seed: 3)
        exchange.start()
        let caller = SimulatedPhone(exchange, seed: 1)
        let callee = SimulatedPhone(exchange, user: "1001", over: .tcp, seed: 2)
        callee.register(expires: 3_600, contact: isBehindNAT ? IPAddress(v4: 0xC0A8_0001) : nil)
        exchange.loop.advance(by: .seconds(1))
        if !isConnected { exchange.network.disconnect(callee.address) }
        let call = caller.call("1001")
        exchange.loop.advance(by: .seconds(1))
        #expect(caller.heard == [outcome])
        caller.hangUp(call)
        Self.expectNothingLeft(exchange, registrations: 1)
    }

    /// What asks for TLS never goes in the clear (RFC 3261 §26.2.2).
    @Test(arguments: ["sips:1001@10.0.0.17", "sip:1001@10.0.0.17;transport=tls", "sip:1001@10.0.0.17;transport=ws"])
    func secureContactsAreNotCalledInTheClear(contact: String) throws {
        let exchange = try SimulatedSwitch(seed: 4, settings: ["auth-calls": "false", "accept-blind-reg": "true"])
        exchange.start()
        let callee = SimulatedPhone(exchange, user: "1001", seed: 2)
        let peer = WirePeer(exchange)
        #expect(
            peer.request("REGISTER", uri: "sip:10.0.0.1", to: "<sip:1001@10.0.0.1>", ["Contact: <\(contact)>"])?.status
                == 200
        )
        let caller = SimulatedPhone(exchange, seed: 1)
        _ = caller.call("1001")
        exchange.loop.advance(by: .seconds(1))
        #expect(callee.heard == [])
    }

    /// A call that leads back to itself ends when its Max-Forwards is used up.
    @Test func aCircleEnds() throws {
        let exchange = try SimulatedSwitch(seed: 5, settings: ["auth-calls": "false"])
        exchange.start()
        let phone = SimulatedPhone(exchange, seed: 1)
        _ = phone.call("5003", maxForwards: 8)
        exchange.loop.advance(by: .seconds(10))
        #expect(phone.heard == ["rejected 483"])
        // The phone's INVITE and its 100 and 483, its ACK, and as much for each of the seven hops behind it.
        #expect(exchange.network.sentCount == 8 * 4)
        Self.expectNothingLeft(exchange, registrations: 0)
    }
}

import SwitchCore
import TandemTesting
import Testing

/// Calls through a whole switch on a simulated network and clock.
struct SimulatedCallTests {
    @Test func registersWithDigestAndForgets() throws {
        let exchange = try SimulatedSwitch(seed: 1)
        exchange.start()
        let phone = SimulatedPhone(exchange, seed: 1)
        phone.register(expires: 60)
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["REGISTER 200"])
        #expect(exchange.gauge("registrations") == 1)
        // A minute, and the minute's grace for a late refresh.
        exchange.loop.advance(by: .seconds(121))
        #expect(exchange.gauge("registrations") == 0)
    }

    @Test func refusesAWrongPassword() throws {
        let exchange = try SimulatedSwitch(seed: 2)
        exchange.start()
        let phone = SimulatedPhone(exchange, password: "wrong", seed: 2)
        let subscription = exchange.softswitch.events.subscribe(to: [.custom]) {}
        phone.register(expires: 60)
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["REGISTER 403"])
        // Who watches for guessed passwords hears whose it is and where it was tried.
        let failures = subscription.takeAll()
        #expect(failures.map(\.subclass) == ["sofia::register_failure"])
        for name in ["profile-name", "to-user", "to-host", "network-ip", "network-port"] {
            #expect(failures.first?[name]?.isEmpty == false, "\(name)")
        }
        #expect(exchange.gauge("registrations") == 0)
    }

    @Test func passesTheDialplansStatusOn() throws {
        let exchange = try SimulatedSwitch(seed: 3)
        exchange.start()
        let phone = SimulatedPhone(exchange, seed: 3)
        _ = phone.call("5001")
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["rejected 486"])
        _ = phone.call("5999")
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["rejected 486", "rejected 404"])
    }

    /// With a fifth of all datagrams lost, doubled and reordered ones among the rest, a call is still set up and ended,
    /// and nothing of it is left.
    @Test(arguments: UInt64(1)...40)
    func survivesLoss(seed: UInt64) throws {
        var conditions = NetworkConditions()
        conditions.loss = 0.2
        conditions.duplication = 0.05
        conditions.jitter = .milliseconds(50)
        let exchange = try SimulatedSwitch(seed: seed, conditions: conditions)
        exchange.start()
        let phone = SimulatedPhone(exchange, seed: UInt8(seed))
        let call = phone.call("5000")
        exchange.loop.advance(by: .seconds(33))
        #expect(phone.heard.first == "answered")
        #expect(exchange.softswitch.sessions.count == 1)
        phone.hangUp(call)
        exchange.loop.advance(by: .seconds(120))
        #expect(phone.heard == ["answered", "ended"])
        #expect(exchange.softswitch.sessions.count == 0)
        #expect(exchange.gauge("transactions") == 0)
        #expect(exchange.gauge("dialogs") == 0)
        #expect(exchange.gauge("timers") == 0)
        #expect(phone.leftovers == 0)
    }
}

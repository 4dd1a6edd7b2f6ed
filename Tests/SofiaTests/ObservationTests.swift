import Base
import SwitchCore
import TandemTesting
import Testing

/// What the signalling tells of the paths to phones.
struct ObservationTests {
    private static func conditions(milliseconds: Int64) -> NetworkConditions {
        var conditions = NetworkConditions()
        conditions.delay = .milliseconds(milliseconds)
        return conditions
    }

    /// A phone registers with digest and calls: the answer to the challenge and the ACK tell the round trip.
    @Test func tellsRoundTrips() throws {
        let exchange = try SimulatedSwitch(seed: 1, conditions: Self.conditions(milliseconds: 60))
        exchange.start()
        exchange.softswitch.paths.isWatched = true
        let phone = SimulatedPhone(exchange, seed: 1)
        phone.register(expires: 60)
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["REGISTER 200"])
        let registered = exchange.softswitch.paths.takeAll()
        #expect(registered.roundTrips == [PathObservations.RoundTrip(phone.address, milliseconds: 120)])
        // The domain is an address here, which nobody looks up.
        #expect(registered.arrivals.isEmpty)
        _ = phone.call("5000")
        exchange.loop.advance(by: .seconds(2))
        #expect(
            exchange.softswitch.paths.takeAll().roundTrips
                == [PathObservations.RoundTrip(phone.address, milliseconds: 120)]
        )
    }

    /// Over UDP an answer that comes after the request was sent again tells nothing.
    @Test func leavesRepeatedRequestsAside() throws {
        let exchange = try SimulatedSwitch(seed: 1, conditions: Self.conditions(milliseconds: 300))
        exchange.start()
        exchange.softswitch.paths.isWatched = true
        let phone = SimulatedPhone(exchange, seed: 1)
        phone.register(expires: 60)
        exchange.loop.advance(by: .seconds(5))
        #expect(phone.heard == ["REGISTER 200"])
        #expect(exchange.softswitch.paths.takeAll().roundTrips.isEmpty)
    }

    /// Nobody wants it, so nothing is kept.
    @Test func keepsNothingUnasked() throws {
        let exchange = try SimulatedSwitch(seed: 1, conditions: Self.conditions(milliseconds: 60))
        exchange.start()
        let phone = SimulatedPhone(exchange, seed: 1)
        phone.register(expires: 60)
        exchange.loop.advance(by: .seconds(1))
        exchange.softswitch.paths.isWatched = true
        #expect(exchange.softswitch.paths.takeAll().roundTrips.isEmpty)
    }

    /// Registered phones that are asked whether they are there answer; each is asked in its turn.
    @Test func asksContacts() throws {
        let exchange = try SimulatedSwitch(seed: 1, conditions: Self.conditions(milliseconds: 40))
        exchange.start()
        let phone = SimulatedPhone(exchange, seed: 1)
        phone.register(expires: 600)
        exchange.loop.advance(by: .seconds(1))
        let softswitch = exchange.softswitch
        softswitch.paths.isWatched = true
        for part in 0..<4 {
            exchange.loop.run { for probe in softswitch.paths.contactProbes.all { await probe(part, 4) } }
            exchange.loop.advance(by: .seconds(1))
        }
        #expect(
            softswitch.paths.takeAll().roundTrips
                == [PathObservations.RoundTrip(phone.address, milliseconds: 80)]
        )
    }

    @Test func isBounded() throws {
        let paths = PathObservations()
        paths.isWatched = true
        for index in 0..<(PathObservations.limit + 5) {
            paths.note(PathObservations.RoundTrip(.loopbackV4, milliseconds: Double(index)))
            paths.note(PathObservations.Arrival(name: "\(index).Example", address: .loopbackV4))
        }
        let batch = paths.takeAll()
        #expect(batch.roundTrips.count == PathObservations.limit)
        #expect(batch.arrivals.count == PathObservations.limit)
        #expect(batch.arrivals.first?.name == "0.example")
        #expect(batch.dropped == 10)
        #expect(paths.takeAll().roundTrips.isEmpty)
    }
}

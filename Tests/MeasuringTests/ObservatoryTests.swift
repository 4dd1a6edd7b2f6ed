import Base
import NetworkConditions
import SwitchCore
import Telemetry
import Testing

@testable import Measuring

struct ObservatoryTests {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    /// However often an address answers, it has one voice at a time: its fastest answer.
    @Test func eachAddressHasOneVoice() throws {
        var observatory = Observatory(ConditionCollector.Settings())
        let (first, second) = (try address("192.0.2.1"), try address("192.0.2.2"))
        let trips = [(first, 90.0), (first, 30), (first, 200), (second, 50)].map {
            PathObservations.RoundTrip($0.0, milliseconds: $0.1)
        }
        observatory.take(trips, at: .zero)
        let row = try #require(observatory.takeChanges("dc1", limit: 10).first)
        #expect((row.roundTrip.mean, row.roundTrip.weight, row.clients) == (40, 2, 2))
    }

    /// What had to be sent again counts as lost, where that is known.
    @Test func retransmissionsAreLosses() throws {
        var observatory = Observatory(ConditionCollector.Settings())
        let peer = try address("192.0.2.1")
        observatory.take([PathObservations.RoundTrip(peer, milliseconds: 30)], at: .zero)
        observatory.take([PathObservations.RoundTrip(peer, milliseconds: 30, loss: 0.25)], at: .zero)
        let row = try #require(observatory.takeChanges("dc1", limit: 10).first)
        #expect((row.loss.mean, row.loss.weight, row.roundTrip.weight) == (0.25, 1, 2))
    }

    /// Who registers every few seconds is told of once in half a minute; addresses are told as networks.
    @Test func arrivalsAreToldOnce() throws {
        var observatory = Observatory(ConditionCollector.Settings())
        let arrivals = try ["192.0.2.1", "192.0.2.200", "198.51.100.1"].map {
            PathObservations.Arrival(name: "Acme.Example", address: try address($0))
        }
        observatory.take(arrivals, at: .zero)
        let told = observatory.takeArrivals(at: .zero + .seconds(3))
        #expect(Set(told.map { "\($0.arrival.network)" }) == ["192.0.2.0/24", "198.51.100.0/24"])
        #expect(told.allSatisfy { $0.arrival.name == "acme.example" && $0.seen == .zero })
        observatory.putBack(told)
        #expect(observatory.takeArrivals(at: .zero + .seconds(4)) == told)
        observatory.take(arrivals, at: .zero + .seconds(29))
        #expect(observatory.takeArrivals(at: .zero + .seconds(29)).isEmpty)
        observatory.take(arrivals, at: .zero + .seconds(30))
        #expect(observatory.takeArrivals(at: .zero + .seconds(30)).count == 2)
    }

    /// Of more than there is room for a sample is kept: those who come first do not hide the others.
    @Test func burstsAreSampled() throws {
        let paths = PathObservations()
        paths.isWatched = true
        let (first, second) = (try address("192.0.2.1"), try address("198.51.100.1"))
        for index in 0..<(4 * PathObservations.limit) {
            let peer = index < PathObservations.limit ? first : second
            paths.note(PathObservations.RoundTrip(peer, milliseconds: 1))
        }
        let batch = paths.takeAll()
        #expect(batch.roundTrips.count == PathObservations.limit)
        #expect(batch.dropped == 3 * PathObservations.limit)
        let share = Double(batch.roundTrips.count { $0.address == second }) / Double(PathObservations.limit)
        #expect((0.65...0.85).contains(share))
    }

    /// However many come, and however often, those of now are told of.
    @Test func arrivalsAreBounded() throws {
        var register = ArrivalRegister()
        let network = try #require(IPPrefix("192.0.2.0/24"))
        func arrival(_ index: Int) -> NetworkArrival { NetworkArrival(name: "\(index).example", network: network) }
        for index in 0..<(ArrivalRegister.limit + 10) { register.note(arrival(index), at: .zero) }
        #expect(register.takeNews(at: .zero).count == ArrivalRegister.limit)
        let soon = MonotonicInstant.zero + .seconds(1)
        register.note(arrival(-1), at: soon)
        #expect(register.takeNews(at: soon).map(\.arrival) == [arrival(-1)])
        // The last ones are still remembered.
        register.note(arrival(ArrivalRegister.limit), at: soon)
        #expect(register.takeNews(at: soon).isEmpty)
    }

    /// What could not be told comes again, as long as it says something, and never without bound.
    @Test func arrivalsComeAgain() throws {
        var register = ArrivalRegister()
        let network = try #require(IPPrefix("192.0.2.0/24"))
        let old = (0..<ArrivalRegister.limit).map {
            SeenArrival(NetworkArrival(name: "\($0).example", network: network), seen: .zero)
        }
        let now = MonotonicInstant.zero + .seconds(40)
        register.note(NetworkArrival(name: "new.example", network: network), at: now)
        register.putBack(old)
        let told = register.takeNews(at: now)
        #expect(told.count == ArrivalRegister.limit)
        #expect(told.last?.arrival.name == "new.example")
        register.putBack(told)
        #expect(register.takeNews(at: .zero + ArrivalRegister.age).map(\.arrival.name) == ["new.example"])
    }
}

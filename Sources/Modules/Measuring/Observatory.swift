import Base
import MediaEngine
import NetworkConditions
import SwitchCore
import Telemetry

/// What the switch sees of its peers' networks, as a value: observations and the time go in, rows come out.
struct Observatory: Sendable {
    /// How much an answered request of SIP, or a connection that was used, weighs: one observation each.
    private static let weight = 1.0

    private var streams = StreamWatch()
    private var collector: ConditionCollector
    private var arrivals = ArrivalRegister()

    /// Nothing was seen yet.
    init(_ settings: ConditionCollector.Settings) {
        collector = ConditionCollector(settings)
    }

    /// How many networks are known, and streams are followed.
    var counts: (networks: Int, streams: Int, evictions: Int) {
        (collector.count, streams.count, collector.evictions)
    }

    // MARK: - In

    /// Takes in how all streams fare at the moment.
    mutating func take(_ paths: [MediaPath], at now: MonotonicInstant) {
        for path in paths {
            guard let sample = streams.sample(StreamReading(path), at: now) else { continue }
            collector.add(sample, from: path.remote, at: now)
        }
        streams.endRound()
    }

    /// Takes in round trips.
    ///
    /// Each address has one voice, its fastest answer: what a slow phone adds is not the network's.
    mutating func take(_ roundTrips: [PathObservations.RoundTrip], at now: MonotonicInstant) {
        var fastest: [IPAddress: PathSample] = [:]
        for trip in roundTrips {
            var sample = fastest[trip.address] ?? PathSample(weight: Self.weight)
            sample.roundTrip = min(sample.roundTrip ?? .infinity, trip.milliseconds)
            sample.loss = [sample.loss, trip.loss].compactMap { $0 }.max()
            fastest[trip.address] = sample
        }
        for (address, sample) in fastest { collector.add(sample, from: address, at: now) }
    }

    /// Takes in that users have come.
    mutating func take(_ arrived: [PathObservations.Arrival], at now: MonotonicInstant) {
        for arrival in arrived {
            guard let network = collector.network(of: arrival.address) else { continue }
            arrivals.note(NetworkArrival(name: arrival.name, network: network), at: now)
        }
    }

    // MARK: - Out

    /// Rows that changed since the last time.
    mutating func takeChanges(_ dataCenter: String, limit: Int) -> [NetworkCondition] {
        collector.takeChanges(dataCenter, limit: limit)
    }

    /// Rows that could not be written.
    mutating func putBack(_ rows: [NetworkCondition]) { collector.putBack(rows) }

    /// Everything has to be written again.
    mutating func repeatAll() { collector.repeatAll() }

    /// The rows with the most evidence.
    func best(_ dataCenter: String, limit: Int) -> [NetworkCondition] { collector.best(dataCenter, limit: limit) }

    /// Arrivals that nobody was told of.
    mutating func takeArrivals(at now: MonotonicInstant) -> [SeenArrival] { arrivals.takeNews(at: now) }

    /// Arrivals that nobody could be told of.
    mutating func putBack(_ seen: [SeenArrival]) { arrivals.putBack(seen) }

    /// Forgets what is old.
    mutating func expire(at now: MonotonicInstant) {
        collector.expire(at: now)
    }
}

extension StreamReading {
    fileprivate init(_ path: MediaPath) {
        let counted = path.statistics
        self.init(
            id: path.id,
            received: counted.packetsReceived,
            lost: counted.packetsLost,
            jitter: counted.jitterMilliseconds,
            reports: counted.reportsReceived
        )
        (roundTrip, remoteLoss) = (counted.roundTripMilliseconds, counted.remoteFractionLost)
        remoteJitter = counted.remoteJitterMilliseconds
    }
}

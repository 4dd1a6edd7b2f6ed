public import Base
import Synchronization

/// What modules see of the paths to peers, and of where users are, until somebody takes it.
///
/// Nothing is kept while nobody wants it, and not more than there is room for.
public final class PathObservations: Sendable {
    /// A round trip.
    public struct RoundTrip: Hashable, Sendable {
        /// The peer.
        public let address: IPAddress
        /// In milliseconds.
        public let milliseconds: Double
        /// The share of what was sent that had to be sent again, 0 to 1, where that is known.
        public let loss: Double?

        /// A round trip.
        public init(_ address: IPAddress, milliseconds: Double, loss: Double? = nil) {
            (self.address, self.milliseconds, self.loss) = (address, milliseconds, loss)
        }
    }

    /// Somebody who looked a name up has come.
    public struct Arrival: Hashable, Sendable {
        /// The name that was looked up, in small letters: a domain of users.
        public let name: String
        /// Where they are.
        public let address: IPAddress

        /// An arrival.
        public init(name: String, address: IPAddress) {
            (self.name, self.address) = (name.lowercased(), address)
        }
    }

    /// What came up since the last time.
    public struct Batch: Sendable {
        /// Round trips.
        public var roundTrips: [RoundTrip] = []
        /// Arrivals.
        public var arrivals: [Arrival] = []
        /// How many of both there was no room for.
        public var dropped = 0
        /// How many round trips there were.
        fileprivate var trips = 0
    }

    /// How many of each are kept until they are taken; of more round trips a sample, in which all have the same chance.
    public static let limit = 8192

    /// Who can measure at any time; they are asked now and then, by the name of what they measure.
    public let probes = Registry<@Sendable () async -> [RoundTrip]>()

    /// Who can ask phones whether they are there; they are asked part by part: which, and of how many.
    public let contactProbes = Registry<@Sendable (Int, Int) async -> Void>()

    private let isWanted = Atomic(false)
    private let batch = Mutex(Batch())

    /// Nobody wants anything yet.
    public init() {}

    /// Whether somebody wants observations: then it is worth making them.
    public var isWatched: Bool {
        get { isWanted.load(ordering: .relaxed) }
        set {
            isWanted.store(newValue, ordering: .relaxed)
            if !newValue { _ = takeAll() }
        }
    }

    /// A peer has answered.
    public func note(_ roundTrip: RoundTrip) {
        guard isWatched else { return }
        batch.withLock { batch in
            batch.trips += 1
            guard batch.roundTrips.count >= Self.limit else { return batch.roundTrips.append(roundTrip) }
            batch.dropped += 1
            let place = Int.random(in: 0..<batch.trips)
            if place < Self.limit { batch.roundTrips[place] = roundTrip }
        }
    }

    /// Somebody has come.
    public func note(_ arrival: Arrival) {
        guard isWatched else { return }
        batch.withLock { batch in
            if batch.arrivals.count < Self.limit { batch.arrivals.append(arrival) } else { batch.dropped += 1 }
        }
    }

    /// Takes what came up since the last time.
    public func takeAll() -> Batch {
        batch.withLock { batch in
            defer { batch = Batch() }
            return batch
        }
    }
}

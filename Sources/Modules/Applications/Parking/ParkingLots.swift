import Synchronization

/// The lots of `valet_park`: who is parked where.
final class ParkingLots: Sendable {
    /// A place that is taken.
    struct Place: Sendable, Equatable {
        /// The extension of the place.
        var `extension`: String
        /// The channel that waits there.
        var channel: String
        /// A number that grows with every call that is parked: the smallest waits longest.
        var order: UInt64
    }

    /// How many lots there may be, and how many places in one.
    static let (lotLimit, placeLimit) = (10_000, 10_000)

    private struct State {
        var lots: [String: [String: Place]] = [:]
        var nextOrder: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Takes a certain place for a channel; false when somebody is there or there is no room.
    func take(_ place: String, in lot: String, for channel: String) -> Bool {
        state.withLock { Self.take(place, in: lot, for: channel, &$0) }
    }

    /// Takes the first free place of a range for a channel; `nil` when all are taken.
    func takeFree(_ range: ClosedRange<Int>, in lot: String, for channel: String) -> String? {
        state.withLock { state in
            for number in range.prefix(Self.placeLimit) {
                let place = String(number)
                if Self.take(place, in: lot, for: channel, &state) { return place }
            }
            return nil
        }
    }

    private static func take(_ place: String, in lot: String, for channel: String, _ state: inout State) -> Bool {
        guard state.lots[lot] != nil || state.lots.count < lotLimit else { return false }
        let places = state.lots[lot] ?? [:]
        guard places[place] == nil, places.count < placeLimit else { return false }
        state.lots[lot, default: [:]][place] = Place(extension: place, channel: channel, order: state.nextOrder)
        state.nextOrder += 1
        return true
    }

    /// Who is at a place.
    func place(_ place: String, in lot: String) -> Place? {
        state.withLock { $0.lots[lot]?[place] }
    }

    /// Who has waited longest at a place of a range.
    func longest(_ range: ClosedRange<Int>, in lot: String) -> Place? {
        state.withLock { state in
            let waiting = state.lots[lot]?.values.filter { Int($0.extension).map(range.contains) ?? false }
            return waiting?.min { $0.order < $1.order }
        }
    }

    /// Frees a place, when it is that channel's.
    ///
    /// - Returns: Whether it was.
    @discardableResult
    func free(_ place: String, in lot: String, of channel: String) -> Bool {
        state.withLock { state in
            guard state.lots[lot]?[place]?.channel == channel else { return false }
            state.lots[lot]?[place] = nil
            if state.lots[lot]?.isEmpty == true { state.lots[lot] = nil }
            return true
        }
    }

    /// How many wait in a lot.
    func count(in lot: String) -> Int {
        state.withLock { $0.lots[lot]?.count ?? 0 }
    }

    /// The lots with their places, by name; only one of them when it is named.
    func all(named name: String?) -> [(lot: String, places: [Place])] {
        state.withLock { $0.lots }.filter { name == nil || $0.key.lowercased() == name?.lowercased() }
            .sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.values.sorted { $0.order < $1.order }) }
    }
}

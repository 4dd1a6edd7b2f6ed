package import Cache
import Synchronization

/// What each observer sees of data centers, in memcached: for those who cannot reach the database at the moment, which may
/// be because a data center has died.
package final class ObservationItems: Sendable {
    private struct State {
        var latest: [String: CenterObservation] = [:]
        var untilAnnouncement = 0
    }

    /// For how many seconds an item counts: about as long as an observer is believed that says nothing.
    private static let seconds = 4
    /// After how many times an observer says again that it is there: once in a minute, or more often.
    private static let announcing = 50
    /// How many data centers an observer tells of.
    private static let maximumCenters = 16

    private let items: SharedItems
    private let state = Mutex(State())

    /// Items in some servers.
    package init(_ client: MemcachedClient) {
        items = SharedItems(client: client, prefix: "tandem:data_center_observations:", seconds: Self.seconds)
    }

    /// Writes what an observer sees, with what it saw of others before.
    package func write(_ observations: [CenterObservation]) async throws(MemcachedFault) {
        guard let observer = observations.first?.observer else { return }
        let (text, isDue) = state.withLock { state in
            for one in observations where state.latest[one.center] != nil || state.latest.count < Self.maximumCenters {
                state.latest[one.center] = one
            }
            defer { state.untilAnnouncement -= 1 }
            return (state.latest.values.map(Self.line).joined(separator: "\n"), state.untilAnnouncement <= 0)
        }
        if isDue {
            try await items.announce(observer)
            state.withLock { $0.untilAnnouncement = Self.announcing }
        }
        try await items.write(text, by: observer)
    }

    /// What everybody sees who has said so in the last seconds.
    package func observations() async throws(MemcachedFault) -> [CenterObservation] {
        var found: [CenterObservation] = []
        for observer in try await items.writers() {
            let lines = try await items.text(of: observer)?.split(separator: "\n").prefix(Self.maximumCenters) ?? []
            found += lines.compactMap { Self.read($0, by: observer) }
        }
        return found
    }

    private static func line(_ one: CenterObservation) -> String {
        "\(one.center) \(one.state.rawValue) \(one.misses) \(one.serial)"
    }

    private static func read(_ line: Substring, by observer: String) -> CenterObservation? {
        let words = line.split(separator: " ")
        guard words.count == 4, let state = CenterObservation.State(rawValue: String(words[1])),
            let misses = Int(words[2]), misses >= 0, let serial = Int64(words[3])
        else { return nil }
        return CenterObservation(
            center: String(words[0]),
            observer: observer,
            state: state,
            misses: misses,
            serial: serial
        )
    }
}

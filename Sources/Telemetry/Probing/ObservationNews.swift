import Base

/// What others are to be told of observations: what changes at once, and what stays once a second, all together.
///
/// A table that is copied between data centers need not carry every answer.
struct ObservationNews: Sendable {
    /// How often what stays is told: less often than observers are taken to be away.
    static let repetition = Duration.seconds(1)
    /// How many observations after a change are told one by one: those who hear of it count them.
    static let steps = 8

    private struct Entry: Sendable {
        var latest: CenterObservation
        var isNew = true
        /// How many more are told at once.
        var steps = ObservationNews.steps
    }

    private var entries: [String: Entry] = [:]
    private var told: MonotonicInstant?

    /// Something was seen.
    mutating func note(_ observation: CenterObservation) {
        guard var entry = entries[observation.center] else {
            entries[observation.center] = Entry(latest: observation)
            return
        }
        if entry.latest.state != observation.state { entry.steps = Self.steps }
        (entry.latest, entry.isNew) = (observation, true)
        entries[observation.center] = entry
    }

    /// What is to be told now.
    mutating func take(at now: MonotonicInstant) -> [CenterObservation] {
        let isDue = told.map { now - $0 >= Self.repetition } ?? true
        if isDue { told = now }
        var news: [CenterObservation] = []
        for (center, entry) in entries where entry.isNew && (isDue || entry.steps > 0) {
            news.append(entry.latest)
            entries[center]?.isNew = false
            entries[center]?.steps = max(entry.steps - 1, 0)
        }
        return news
    }
}

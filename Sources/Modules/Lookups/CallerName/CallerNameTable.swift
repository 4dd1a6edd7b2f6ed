import Base

/// Names that are kept in memory, each until its time is over; the one whose time is over first goes when there are too
/// many.
struct CallerNameTable: Sendable {
    /// How many are kept.
    static let limit = 4096

    private struct Entry: Sendable {
        let name: CallerName
        let end: MonotonicInstant
    }

    private var entries: [String: Entry] = [:]

    /// How many there are, with those whose time is over.
    var count: Int { entries.count }

    /// What is kept of a number.
    func name(of number: String, at now: MonotonicInstant) -> CallerName? {
        guard let entry = entries[number], entry.end > now else { return nil }
        return entry.name
    }

    /// Keeps a name.
    mutating func keep(_ name: CallerName, of number: String, until end: MonotonicInstant, at now: MonotonicInstant) {
        if entries.count >= Self.limit, entries[number] == nil { makeRoom(at: now) }
        entries[number] = Entry(name: name, end: end)
    }

    private mutating func makeRoom(at now: MonotonicInstant) {
        entries = entries.filter { $0.value.end > now }
        guard entries.count >= Self.limit, let first = entries.min(by: { $0.value.end < $1.value.end }) else { return }
        entries[first.key] = nil
    }
}

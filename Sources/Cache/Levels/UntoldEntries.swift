/// What a ``ForgetTable`` has still to be told; where that is too much it is everything.
struct UntoldEntries: Sendable {
    /// How many wait.
    static let limit = 1000
    /// How many are told at a time.
    static let portion = 100

    private(set) var waiting: [ForgetEntry] = []
    private var underWay = 0

    /// How many it has not taken yet.
    var count: Int { waiting.count + underWay }

    mutating func add(_ entry: ForgetEntry) {
        waiting.append(entry)
        if waiting.count > Self.limit { becomeEverything() }
    }

    /// What it is told now; ``told(_:)`` or ``refused(_:isLasting:)`` says what became of it.
    mutating func take() -> [ForgetEntry] {
        let entries = Array(waiting.prefix(Self.portion))
        waiting.removeFirst(entries.count)
        underWay += entries.count
        return entries
    }

    mutating func told(_ entries: [ForgetEntry]) { underWay = max(0, underWay - entries.count) }

    /// It has not taken them, as far as is known.
    ///
    /// - Parameter isLasting: Whether that is no matter of time: there may be something in them that it never takes.
    mutating func refused(_ entries: [ForgetEntry], isLasting: Bool) {
        underWay = max(0, underWay - entries.count)
        waiting = entries + waiting
        if waiting.count > Self.limit || isLasting { becomeEverything() }
    }

    private mutating func becomeEverything() {
        // Nothing is no more than nothing, and everything no more than everything.
        guard let last = waiting.last(where: { !$0.tags.isEmpty }) else { return waiting = Array(waiting.suffix(1)) }
        guard waiting.count > 1 || last.tags != [ForgetEntry.everything] else { return }
        let list = waiting.allSatisfy { $0.list == last.list } ? last.list : ForgetEntry.noList
        // Not the same as what a server may have been told.
        waiting = [ForgetEntry([ForgetEntry.everything], identifier: "\(last.identifier)*", list: list)]
    }
}

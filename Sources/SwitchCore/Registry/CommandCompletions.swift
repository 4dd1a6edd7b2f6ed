import Synchronization

/// Words that the console offers for command lines besides what the syntax of commands says: `complete add`.
public final class CommandCompletions: Sendable {
    /// One line of words.
    public struct Entry: Hashable, Sendable {
        /// The words that may follow one another; `::console::list_uuid` stands for every channel's UUID.
        public let words: [String]
        /// Whether it was added to stay (`stickyadd`).
        public let isSticky: Bool
    }

    /// How many lines there may be.
    public static let limit = 1024
    /// How many words one has.
    public static let wordLimit = 10

    private let entries = Mutex<[Entry]>([])
    private let changes: TableChanges

    init(_ changes: TableChanges) { self.changes = changes }

    /// Adds a line of words; false when there is no room for it.
    public func add(_ words: [String], isSticky: Bool) -> Bool {
        defer { changes.note(.complete) }
        return entries.withLock { entries in
            guard entries.count < Self.limit, words.count <= Self.wordLimit else { return false }
            let entry = Entry(words: words, isSticky: isSticky)
            if !entries.contains(entry) { entries.append(entry) }
            return true
        }
    }

    /// Takes out the lines that begin with some words, or all with `*`.
    public func remove(_ words: [String]) {
        entries.withLock { entries in entries.removeAll { words == ["*"] || $0.words.starts(with: words) } }
        changes.note(.complete)
    }

    /// The lines in the order that they were added in.
    public var all: [Entry] { entries.withLock { $0 } }
}

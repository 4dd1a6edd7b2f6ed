import Synchronization

/// Other names for command lines: `alias add fp show calls`.
public final class CommandAliases: Sendable {
    /// One alias.
    public struct Entry: Sendable {
        /// What is typed.
        public let name: String
        /// What it stands for.
        public let command: String
        /// Whether it was added to stay (`stickyadd`).
        public let isSticky: Bool
    }

    /// How many aliases there may be.
    public static let limit = 1024
    /// How often an alias may stand for another.
    static let depthLimit = 16

    private let entries = Mutex<[String: Entry]>([:])
    private let changes: TableChanges

    init(_ changes: TableChanges) { self.changes = changes }

    /// Adds an alias, in the place of one of the same name.
    ///
    /// - Returns: Whether there was room for it.
    public func add(_ name: String, command: String, isSticky: Bool) -> Bool {
        defer { changes.note(.aliases) }
        return entries.withLock { entries in
            guard entries[name] != nil || entries.count < Self.limit else { return false }
            entries[name] = Entry(name: name, command: command, isSticky: isSticky)
            return true
        }
    }

    /// Takes an alias out, or all of them with `*`.
    public func remove(_ name: String) {
        entries.withLock { entries in
            if name == "*" { entries = [:] } else { entries[name] = nil }
        }
        changes.note(.aliases)
    }

    /// The aliases, by name.
    public var all: [Entry] {
        entries.withLock { $0.values.sorted { $0.name < $1.name } }
    }

    /// The command line that a line stands for: an alias of its first word keeps the rest, one of the whole line does
    /// not.
    public func expand(_ line: String) -> String {
        entries.withLock { entries in
            guard !entries.isEmpty else { return line }
            var line = line
            for _ in 0..<Self.depthLimit {
                let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
                guard let word = parts.first else { return line }
                if let entry = entries[word] {
                    line = ([entry.command] + parts.dropFirst()).joined(separator: " ")
                } else if let entry = entries[line] {
                    line = entry.command
                } else {
                    return line
                }
            }
            return line
        }
    }
}

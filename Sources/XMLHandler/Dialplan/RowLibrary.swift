import Synchronization
import XMLConfig

/// The elements that rows of the dialplan hold, for rows that come again with the same text.
///
/// Rows for all tenants are part of each tenant's context, and after a change all others are what they were.
final class RowLibrary: Sendable {
    private struct Row: Hashable, Sendable {
        let identifier: String
        let text: String
    }

    private struct Shelves: Sendable {
        var recent: [Row: [XMLNode]] = [:]
        var older: [Row: [XMLNode]] = [:]
    }

    /// How many rows a shelf has; there are two, of which the older is emptied when the other is full.
    private static let limit = 20_000

    private let shelves = Mutex(Shelves())

    /// The elements of a row, which are read when they are not known.
    func elements(
        of identifier: String,
        _ text: String,
        reading read: () throws(RowFault) -> [XMLNode]
    ) throws(RowFault) -> [XMLNode] {
        let row = Row(identifier: identifier, text: text)
        if let known = shelves.withLock({ Self.find(row, &$0) }) { return known }
        let elements = try read()
        shelves.withLock { Self.put(elements, row, &$0) }
        return elements
    }

    private static func find(_ row: Row, _ shelves: inout Shelves) -> [XMLNode]? {
        if let known = shelves.recent[row] { return known }
        guard let known = shelves.older[row] else { return nil }
        put(known, row, &shelves)
        return known
    }

    private static func put(_ elements: [XMLNode], _ row: Row, _ shelves: inout Shelves) {
        if shelves.recent.count >= limit { (shelves.older, shelves.recent) = (shelves.recent, [:]) }
        shelves.recent[row] = elements
    }
}

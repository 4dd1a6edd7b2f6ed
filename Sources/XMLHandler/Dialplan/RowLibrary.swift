import Synchronization
import XMLConfig

/// The elements that rows of the dialplan hold, for rows that come again with the same text.
///
/// Rows for all tenants are part of each tenant's context, and after a change all others are what they were.
final class RowLibrary: Sendable {
    private struct Row: Sendable {
        let text: String
        let elements: [XMLNode]
        /// About how many bytes they are.
        let cost: Int
    }

    private struct Shelves: Sendable {
        var recent: [String: Row] = [:]
        var recentCost = 0
        var older: [String: Row] = [:]
        var olderCost = 0
    }

    /// How many bytes a shelf has, about; there are two, of which the older is emptied when the other is full.
    private let limit: Int
    private let shelves = Mutex(Shelves())

    /// - Parameter bytes: About how many bytes it keeps at most.
    init(bytes: Int = 64 << 20) {
        limit = bytes / 2
    }

    /// About how many bytes it keeps.
    var cost: Int { shelves.withLock { $0.recentCost + $0.olderCost } }

    /// Reads rows that are not known, all at once where all of them can be read.
    ///
    /// - Parameter name: What locations call a row.
    func readTogether(_ rows: [(identifier: String, text: String)], named name: (String) -> String) {
        let unknown = rows.filter { row in
            !row.text.isEmpty && shelves.withLock { Self.find(row.identifier, row.text, limit, &$0) } == nil
        }
        guard unknown.count > 1,
            let read = XMLDocument.parse(fragments: unknown.map { (name($0.identifier), $0.text) })
        else { return }
        for (row, elements) in zip(unknown, read) { keep(elements, row.identifier, row.text) }
    }

    /// The elements of a row, which are read when they are not known.
    func elements(
        of identifier: String,
        _ text: String,
        reading read: () throws(RowFault) -> [XMLNode]
    ) throws(RowFault) -> [XMLNode] {
        if let known = shelves.withLock({ Self.find(identifier, text, limit, &$0) }) { return known }
        let elements = try read()
        keep(elements, identifier, text)
        return elements
    }

    private func keep(_ elements: [XMLNode], _ identifier: String, _ text: String) {
        let cost = 2 * text.utf8.count + elements.reduce(0) { $0 + $1.footprint }
        let row = Row(text: text, elements: elements, cost: cost)
        shelves.withLock { Self.put(row, identifier, limit, &$0) }
    }

    private static func find(_ name: String, _ text: String, _ limit: Int, _ shelves: inout Shelves) -> [XMLNode]? {
        if let known = shelves.recent[name] { return known.text == text ? known.elements : nil }
        guard let known = shelves.older[name], known.text == text else { return nil }
        put(known, name, limit, &shelves)
        return known.elements
    }

    private static func put(_ row: Row, _ name: String, _ limit: Int, _ shelves: inout Shelves) {
        if let old = shelves.older.removeValue(forKey: name) { shelves.olderCost -= old.cost }
        if let old = shelves.recent.removeValue(forKey: name) { shelves.recentCost -= old.cost }
        guard row.cost <= limit else { return }
        if shelves.recentCost + row.cost > limit {
            (shelves.older, shelves.olderCost) = (shelves.recent, shelves.recentCost)
            (shelves.recent, shelves.recentCost) = ([:], 0)
        }
        shelves.recent[name] = row
        shelves.recentCost += row.cost
    }
}

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

    /// The elements of rows, in their order: those that are not known are read, all at once where all of them can be.
    ///
    /// - Parameters:
    ///   - name: What locations call a row.
    ///   - read: Reads one of the rows by itself.
    func elements(
        of rows: [(identifier: String, text: String)],
        named name: (String) -> String,
        reading read: (Int) throws(RowFault) -> [XMLNode]
    ) -> [Result<[XMLNode], RowFault>] {
        let known = shelves.withLock { shelves in
            rows.map { Self.find($0.identifier, $0.text, limit, &shelves) }
        }
        let unknown = rows.indices.filter { known[$0] == nil && !rows[$0].text.isEmpty }
        var elements = known
        if unknown.count > 1,
            let together = XMLDocument.parse(fragments: unknown.map { (name(rows[$0].identifier), rows[$0].text) })
        {
            for (index, found) in zip(unknown, together) { elements[index] = found }
        }
        let results = elements.indices.map { index in
            elements[index].map { .success($0) } ?? Result { () throws(RowFault) in try read(index) }
        }
        keep(rows.indices.filter { known[$0] == nil }, rows, results)
        return results
    }

    private func keep(
        _ indices: [Int],
        _ rows: [(identifier: String, text: String)],
        _ results: [Result<[XMLNode], RowFault>]
    ) {
        let new = indices.compactMap { index in
            (try? results[index].get()).map { elements in
                let text = rows[index].text
                let cost = 2 * text.utf8.count + elements.reduce(0) { $0 + $1.footprint }
                return (rows[index].identifier, Row(text: text, elements: elements, cost: cost))
            }
        }
        shelves.withLock { for (identifier, row) in new { Self.put(row, identifier, limit, &$0) } }
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

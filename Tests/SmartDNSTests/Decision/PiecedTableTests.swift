import Testing

@testable import SmartDNS

struct PiecedTableTests {
    @Test func rows() {
        var table = PiecedTable<Int>(width: 3, shift: 6)
        for row in 0..<1000 {
            table.append(row)
            table[row, 2] = -row
        }
        #expect(table.count == 1000)
        #expect((0..<1000).allSatisfy { table[$0, 0] == $0 && table[$0, 1] == $0 && table[$0, 2] == -$0 })
        let filled = PiecedTable(repeating: 7, count: 1000, shift: 7)
        #expect(filled.count == 1000)
        #expect((0..<1000).allSatisfy { filled[$0] == 7 })
    }

    /// What is written while somebody has a copy of a large table is copied in small pieces, not as a whole.
    @Test(arguments: [([77_777], 1), ([77_777, 77_778], 1), ([5, 50_000, 99_999], 3)])
    func copiesAreSmall(rows: [Int], copied: Int) {
        var table = PiecedTable<Int>(width: 2, shift: 7)
        for _ in 0..<100_000 { table.append(1) }
        let copy = table
        for row in rows { table[row, 1] = 3 }
        #expect(Self.differing(table, copy) == copied)
        #expect(rows.allSatisfy { copy[$0, 1] == 1 && table[$0, 1] == 3 })
        for row in rows { table[row, 1] = 4 }
        #expect(Self.differing(table, copy) == copied)
    }

    /// How many pieces two tables do not share.
    static func differing<Element>(_ one: PiecedTable<Element>, _ other: PiecedTable<Element>) -> Int {
        zip(one.pieces, other.pieces).count { left, right in
            left.withUnsafeBufferPointer { $0.baseAddress } != right.withUnsafeBufferPointer { $0.baseAddress }
        } + abs(one.pieces.count - other.pieces.count)
    }
}

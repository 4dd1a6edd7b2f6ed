/// A long table in pieces: who writes while somebody else has a copy copies a piece, not what is known of a million
/// networks.
struct PiecedTable<Element: Sendable>: Sendable {
    /// How many elements a row has.
    let width: Int
    /// The pieces.
    private(set) var pieces: [[Element]] = []
    /// How many rows there are.
    private(set) var count = 0
    private let shift: Int
    private let mask: Int

    /// A table without rows.
    ///
    /// - Parameter shift: How many rows a piece has, as a power of two.
    init(width: Int = 1, shift: Int) {
        (self.width, self.shift, mask) = (width, shift, 1 << shift - 1)
    }

    /// A table of equal rows.
    init(repeating element: Element, count: Int, shift: Int) {
        self.init(shift: shift)
        pieces = (0..<(count >> shift)).map { _ in Array(repeating: element, count: 1 << shift) }
        self.count = pieces.count << shift
        while self.count < count { append(element) }
    }

    subscript(row: Int) -> Element {
        get { self[row, 0] }
        _modify { yield &self[row, 0] }
    }

    subscript(row: Int, column: Int) -> Element {
        get { pieces[row >> shift][(row & mask) * width + column] }
        _modify { yield &pieces[row >> shift][(row & mask) * width + column] }
    }

    /// Adds a row of equal elements.
    mutating func append(_ element: Element) {
        if count & mask == 0 {
            pieces.append([])
            pieces[pieces.count - 1].reserveCapacity(width << shift)
        }
        pieces[pieces.count - 1].append(contentsOf: repeatElement(element, count: width))
        count += 1
    }
}

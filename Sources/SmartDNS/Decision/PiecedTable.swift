/// A long table in pieces: who writes while somebody else has a copy copies a piece, not what is known of a million
/// networks.
struct PiecedTable<Element: Sendable>: Sendable {
    /// How many rows a piece has, as a power of two.
    private static var shift: Int { 7 }
    private static var mask: Int { 1 << shift - 1 }

    /// How many elements a row has.
    let width: Int
    /// The pieces.
    private(set) var pieces: [[Element]] = []
    /// How many rows there are.
    private(set) var count = 0

    init(width: Int = 1) {
        self.width = width
    }

    /// A table of equal rows.
    init(repeating element: Element, count: Int) {
        self.init()
        pieces = (0..<(count >> Self.shift)).map { _ in Array(repeating: element, count: 1 << Self.shift) }
        self.count = pieces.count << Self.shift
        while self.count < count { append(element) }
    }

    subscript(row: Int) -> Element {
        get { self[row, 0] }
        _modify { yield &self[row, 0] }
    }

    subscript(row: Int, column: Int) -> Element {
        get { pieces[row >> Self.shift][(row & Self.mask) * width + column] }
        _modify { yield &pieces[row >> Self.shift][(row & Self.mask) * width + column] }
    }

    /// Adds a row of equal elements.
    mutating func append(_ element: Element) {
        if count & Self.mask == 0 {
            pieces.append([])
            pieces[pieces.count - 1].reserveCapacity(width << Self.shift)
        }
        pieces[pieces.count - 1].append(contentsOf: repeatElement(element, count: width))
        count += 1
    }
}

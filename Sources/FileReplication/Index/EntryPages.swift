/// The entries of one directory, packed: a dictionary of values would take five times the memory.
///
/// Entries are in the order of names, in pages of a few kilobytes. An entry is the length of the name, the name, the length
/// of the body in two bytes or four, the body.
struct EntryPages: Sendable {
    /// A page that is longer is cut in two.
    private static let longestPage = 6144

    private var pages: [[UInt8]] = []
    private(set) var count = 0
    /// How many bytes the entries take.
    private(set) var byteCount = 0

    /// Where an entry is in its page.
    private struct Place {
        var name: Range<Int>
        var body: Range<Int>
        var all: Range<Int> { (name.lowerBound - 1)..<body.upperBound }
    }

    private static func place(at start: Int, in page: [UInt8]) -> Place {
        let nameEnd = start + 1 + Int(page[start])
        let length =
            Int(page[nameEnd]) << 24 | Int(page[nameEnd + 1]) << 16 | Int(page[nameEnd + 2]) << 8
            | Int(page[nameEnd + 3])
        return Place(name: (start + 1)..<nameEnd, body: (nameEnd + 4)..<(nameEnd + 4 + length))
    }

    private static func packed(_ name: [UInt8], _ body: [UInt8]) -> [UInt8] {
        var entry: [UInt8] = []
        entry.reserveCapacity(5 + name.count + body.count)
        entry.append(UInt8(truncatingIfNeeded: name.count))
        entry.append(contentsOf: name)
        for shift in stride(from: 24, through: 0, by: -8) {
            entry.append(UInt8(truncatingIfNeeded: body.count >> shift))
        }
        entry.append(contentsOf: body)
        return entry
    }

    /// The page in which the name is or would be.
    private func page(for name: [UInt8]) -> Int {
        var (low, high) = (0, pages.count)
        while low < high {
            let middle = (low + high) / 2
            let first = 1..<(1 + Int(pages[middle][0]))
            if Self.order(of: name, and: first, in: pages[middle]) < 0 { high = middle } else { low = middle + 1 }
        }
        return max(0, low - 1)
    }

    /// Whether a name comes before what is at a place of a page (less than 0), behind it, or is the same (0).
    private static func order(of name: [UInt8], and other: Range<Int>, in page: [UInt8]) -> Int {
        for index in 0..<min(name.count, other.count) {
            let (byte, known) = (name[index], page[other.lowerBound + index])
            if byte != known { return byte < known ? -1 : 1 }
        }
        return name.count - other.count
    }

    /// Where the name is in the page, or the position before which it would be.
    private static func find(_ name: [UInt8], in page: [UInt8]) -> (place: Place?, position: Int) {
        var position = 0
        while position < page.count {
            let place = place(at: position, in: page)
            let order = order(of: name, and: place.name, in: page)
            if order == 0 { return (place, position) }
            if order < 0 { return (nil, position) }
            position = place.body.upperBound
        }
        return (nil, position)
    }

    /// The body under a name.
    subscript(_ name: [UInt8]) -> [UInt8]? {
        guard !pages.isEmpty else { return nil }
        let page = pages[page(for: name)]
        return Self.find(name, in: page).place.map { Array(page[$0.body]) }
    }

    /// Puts a body under a name, or takes it away.
    mutating func set(_ name: [UInt8], to body: [UInt8]?) {
        guard !pages.isEmpty else {
            guard let body else { return }
            let entry = Self.packed(name, body)
            pages.append(entry)
            (count, byteCount) = (1, entry.count)
            return
        }
        let number = page(for: name)
        let (place, position) = Self.find(name, in: pages[number])
        let replacement = body.map { Self.packed(name, $0) } ?? []
        count += (body == nil ? 0 : 1) - (place == nil ? 0 : 1)
        byteCount += replacement.count - (place?.all.count ?? 0)
        pages[number].replaceSubrange(place?.all ?? position..<position, with: replacement)
        if pages[number].isEmpty {
            pages.remove(at: number)
        } else if pages[number].count > Self.longestPage {
            split(number)
        }
    }

    /// Cuts at the entry after the middle; at the last one where names come in their order, so that pages become full.
    private mutating func split(_ number: Int) {
        let page = pages[number]
        var position = 0
        var last = 0
        while position < page.count {
            last = position
            position = Self.place(at: position, in: page).body.upperBound
        }
        var cut = last
        if number + 1 < pages.count {
            cut = 0
            while cut < page.count / 2 { cut = Self.place(at: cut, in: page).body.upperBound }
        }
        guard cut > 0, cut < page.count else { return }
        // Arrays of just the length that is needed: half of the memory is at stake.
        pages[number] = Array(page[..<cut])
        pages.insert(Array(page[cut...]), at: number + 1)
    }

    /// Calls with each name and body, in the order of names.
    func forEach(_ body: (ArraySlice<UInt8>, ArraySlice<UInt8>) -> Void) {
        for page in pages {
            var position = 0
            while position < page.count {
                let place = Self.place(at: position, in: page)
                body(page[place.name], page[place.body])
                position = place.body.upperBound
            }
        }
    }

    /// How many bytes are set aside.
    var capacity: Int { pages.reduce(0) { $0 + $1.capacity } }
}

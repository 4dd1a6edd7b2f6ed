/// One pattern as rsync's filters have them.
///
/// `*` is anything but a slash, `**` anything, `?` one byte but a slash, `[a-z]` and `[!a-z]` one byte out of a set; a
/// backslash takes the byte after it as it is. A pattern with a slash at its beginning is for the whole path; one with a slash
/// elsewhere, or with `**`, for the end of the path; any other for the name. A slash at the end is for directories alone.
public struct FilterPattern: Hashable, Sendable {
    /// How long a pattern may be, in bytes.
    public static let maximumLength = 1024

    private enum Element: Hashable {
        case byte(UInt8)
        case anyByte
        case set([ClosedRange<UInt8>], isNegated: Bool)
        case anyInName
        case anything
    }

    private var elements: [Element] = []
    private var isAnchored: Bool
    private var isForDirectories: Bool
    private var isForPaths: Bool

    /// Reads a pattern; `nil` when it is empty, too long, or ends within a set or after a backslash.
    public init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        guard bytes.count <= Self.maximumLength else { return nil }
        isForDirectories = bytes.last == UInt8(ascii: "/")
        if isForDirectories { bytes.removeLast() }
        isAnchored = bytes.first == UInt8(ascii: "/")
        if isAnchored { bytes.removeFirst() }
        guard !bytes.isEmpty else { return nil }
        isForPaths = isAnchored
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "*"):
                guard bytes.first == UInt8(ascii: "*") else {
                    elements.append(.anyInName)
                    continue
                }
                while bytes.first == UInt8(ascii: "*") { bytes.removeFirst() }
                elements.append(.anything)
                isForPaths = true
            case UInt8(ascii: "?"): elements.append(.anyByte)
            case UInt8(ascii: "["):
                guard let set = Self.set(from: &bytes) else { return nil }
                elements.append(set)
            case UInt8(ascii: "\\"):
                guard let next = bytes.popFirst() else { return nil }
                elements.append(.byte(next))
            default:
                if byte == UInt8(ascii: "/") { isForPaths = true }
                elements.append(.byte(byte))
            }
        }
    }

    private static func set(from bytes: inout ArraySlice<UInt8>) -> Element? {
        var ranges: [ClosedRange<UInt8>] = []
        let isNegated = bytes.first == UInt8(ascii: "!") || bytes.first == UInt8(ascii: "^")
        if isNegated { bytes.removeFirst() }
        while let low = bytes.popFirst() {
            if low == UInt8(ascii: "]"), !ranges.isEmpty { return .set(ranges, isNegated: isNegated) }
            let rest = bytes.prefix(2)
            if rest.first == UInt8(ascii: "-"), let high = rest.dropFirst().first, high != UInt8(ascii: "]") {
                bytes.removeFirst(2)
                guard low <= high else { return nil }
                ranges.append(low...high)
            } else {
                ranges.append(low...low)
            }
        }
        return nil
    }

    /// Whether it is for this path, whatever it says of those above it.
    func matches(_ path: TreePath, isDirectory: Bool) -> Bool {
        guard isDirectory || !isForDirectories else { return false }
        guard isForPaths else { return matches(path.name[...]) }
        let bytes = path.bytes[...]
        if matches(bytes) { return true }
        guard !isAnchored else { return false }
        return bytes.indices.contains { bytes[$0] == UInt8(ascii: "/") && matches(bytes[($0 + 1)...]) }
    }

    /// Goes through all places at once that the pattern may have reached, so that no pattern takes long.
    private func matches(_ bytes: ArraySlice<UInt8>) -> Bool {
        var places: Set<Int> = []
        func reach(_ place: Int) {
            var place = place
            places.insert(place)
            while place < elements.count, elements[place] == .anyInName || elements[place] == .anything {
                place += 1
                places.insert(place)
            }
        }
        reach(0)
        for byte in bytes {
            let before = places
            places = []
            for place in before where place < elements.count && accepts(elements[place], byte) {
                switch elements[place] {
                case .anyInName, .anything: reach(place)
                default: reach(place + 1)
                }
            }
            if places.isEmpty { return false }
        }
        return places.contains(elements.count)
    }

    private func accepts(_ element: Element, _ byte: UInt8) -> Bool {
        let isSlash = byte == UInt8(ascii: "/")
        switch element {
        case .byte(let wanted): return byte == wanted
        case .anyByte, .anyInName: return !isSlash
        case .anything: return true
        case .set(let ranges, let isNegated):
            return !isSlash && ranges.contains { $0.contains(byte) } != isNegated
        }
    }
}

import Base
import DNSMessage

/// Finds the zone that a name is in, however many there are: in one pass over the name.
struct ZoneIndex: Sendable {
    private let zones: [DomainName]
    private var ofHash: [UInt64: [Int]] = [:]
    /// Whether there is a zone whose name has so many bytes.
    private var lengths = Array(repeating: false, count: DomainName.maximumLength + 1)

    init(_ zones: [DomainName]) {
        self.zones = zones
        for (index, name) in zones.enumerated() {
            ofHash[Self.hash(name.wire[...]), default: []].append(index)
            lengths[min(name.wire.count, DomainName.maximumLength)] = true
        }
    }

    /// The zone with the longest name that is this one, or that it is below; the one around that one where it is not
    /// wanted itself.
    func zone(of name: DomainName, isBelow: Bool = false) -> Int? {
        var start = isBelow ? Int(name.wire.first ?? 0) + 1 : 0
        while start < name.wire.count {
            if lengths[min(name.wire.count - start, DomainName.maximumLength)] {
                let suffix = name.wire[start...]
                if let found = ofHash[Self.hash(suffix)]?.first(where: { Self.isSame(zones[$0], suffix) }) {
                    return found
                }
            }
            // The final zero is the root's name.
            start += Int(name.wire[start]) + 1
        }
        return nil
    }

    private static func isSame(_ name: DomainName, _ suffix: ArraySlice<UInt8>) -> Bool {
        name.wire.count == suffix.count
            && zip(name.wire, suffix).allSatisfy { $0 == $1 || $0.lowercasedASCII == $1.lowercasedASCII }
    }

    // FNV.
    private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { value = (value ^ UInt64(byte.lowercasedASCII)) &* 0x100_0000_01B3 }
        return value
    }

    /// Numbers for zones that depend on their names alone, so that they stay the same when others come and go: whoever
    /// keeps them for a while means the same zones.
    var numbers: [Int] {
        var taken: Set<Int> = []
        // In the order of the names, where two come to the same number.
        let order = zones.indices.sorted { zones[$0].precedes(zones[$1]) }
        var numbers = Array(repeating: 0, count: zones.count)
        for index in order {
            let hash = Self.hash(zones[index].wire[...])
            var number = Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0x3FFF_FFFF) + 1
            while !taken.insert(number).inserted { number += 1 }
            numbers[index] = number
        }
        return numbers
    }
}

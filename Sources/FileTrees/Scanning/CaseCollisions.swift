/// Names of one directory that other systems would take for the same name.
enum CaseCollisions {
    /// The names that differ from another one in case only, each with that other name.
    static func find(in sorted: [[UInt8]]) -> [(name: [UInt8], other: [UInt8])] {
        var found: [(name: [UInt8], other: [UInt8])] = []
        var folded: [String: [UInt8]] = [:]
        // Of two such names at least one is not all in small letters of ASCII; in most directories there is none.
        for name in sorted where !isPlain(name) {
            let key = String(decoding: name, as: UTF8.self).lowercased()
            // What is not UTF-8 has no letters.
            guard String(validating: name, as: UTF8.self) != nil else { continue }
            if let other = folded[key] {
                found.append((name, other))
            } else {
                folded[key] = name
                let small = Array(key.utf8)
                // Those that are not plain are in the dictionary.
                if isPlain(small), contains(small, in: sorted) { found.append((name, small)) }
            }
        }
        return found
    }

    private static func isPlain(_ name: [UInt8]) -> Bool {
        name.allSatisfy { $0 < 0x80 && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    private static func contains(_ name: [UInt8], in sorted: [[UInt8]]) -> Bool {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = low + (high - low) / 2
            if sorted[middle].lexicographicallyPrecedes(name) { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == name
    }
}

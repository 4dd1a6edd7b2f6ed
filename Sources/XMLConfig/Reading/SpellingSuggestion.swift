/// Finds what somebody probably meant to write.
public enum SpellingSuggestion {
    /// Names beyond this are not compared: the work grows with the square of their length.
    private static let maximumLength = 64

    /// The known name nearest to a misspelt one, when it is near enough to be meant.
    public static func nearest(to name: String, among known: some Sequence<String>) -> String? {
        let letters = Array(name.foldedASCII.utf8)
        guard !letters.isEmpty, letters.count <= maximumLength else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in known {
            let other = Array(candidate.foldedASCII.utf8)
            guard other.count <= maximumLength, abs(other.count - letters.count) <= letters.count / 3 + 1 else {
                continue
            }
            let distance = editDistance(letters, other)
            if distance < best?.distance ?? .max || (distance == best?.distance && candidate < best?.name ?? "") {
                best = (candidate, distance)
            }
        }
        guard let best, best.distance <= max(1, letters.count / 3) else { return nil }
        return best.name
    }

    /// The known name nearest to a misspelt one as the end of a message; nothing when none is near enough.
    public static func hint(for name: String, among known: some Sequence<String>) -> String {
        nearest(to: name, among: known).map { ", did you mean \"\($0)\"?" } ?? ""
    }

    /// How many letters must be added, removed, changed or swapped with their neighbour.
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for column in 0..<right.count {
                let change = last[column] + (left[row] == right[column] ? 0 : 1)
                var distance = min(change, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    distance = min(distance, beforeLast[column - 1] + 1)
                }
                current.append(distance)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}

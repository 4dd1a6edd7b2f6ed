/// A pattern of SQL's `LIKE`: `%` stands for any text, `_` for any character; the case of ASCII letters does not count.
struct LikePattern {
    private let pattern: [Character]

    init(_ text: String) { pattern = Array(text.lowercased()) }

    /// Whether a text as a whole is what the pattern says.
    func matches(_ text: String) -> Bool {
        let text = Array(text.lowercased())
        var (at, place) = (0, 0)
        // Where the last `%` was, and the text that it stands for so far ends: the only place worth going back to.
        var last: (place: Int, at: Int)?
        while at < text.count {
            if place < pattern.count, pattern[place] == "%" {
                last = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == "_" || pattern[place] == text[at] {
                (at, place) = (at + 1, place + 1)
            } else if let back = last {
                last = (back.place, back.at + 1)
                (at, place) = (back.at + 1, back.place + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "%" }
    }
}

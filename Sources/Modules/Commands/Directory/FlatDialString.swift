/// A dial string whose variables for all legs, `{…}`, stand in brackets before each leg instead, so that it can be
/// joined with others.
enum FlatDialString {
    /// The flat form of a dial string.
    static func text(of dialString: String) -> String {
        var rest = dialString[...]
        var shared = ""
        while let open = rest.first, let close = closing[open], let end = rest.firstIndex(of: close) {
            shared += "[\(rest[rest.index(after: rest.startIndex)..<end])]"
            rest = rest[rest.index(after: end)...]
        }
        var output = shared
        var isBracketed = false
        for character in rest {
            output.append(character)
            switch character {
            case "[": isBracketed = true
            case "]": isBracketed = false
            case ",", "|": if !isBracketed { output += shared }
            default: break
            }
        }
        return output
    }

    private static let closing: [Character: Character] = ["<": ">", "{": "}"]
}

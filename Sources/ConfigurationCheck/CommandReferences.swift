/// The names of the commands that a text calls.
enum CommandReferences {
    /// Each name once for each call, in order.
    static func names(in text: String) -> [String] {
        var names: [String] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            rest = rest[start.upperBound...]
            let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            guard let next = rest[name.endIndex...].first, next == "(" || next == " ", !name.isEmpty else { continue }
            names.append(String(name))
        }
        return names
    }
}

import XMLConfig

/// How texts of the database become values of attributes.
enum TableText {
    /// A text without its variables: every `$` is left out, so that what a tenant wrote is not expanded.
    ///
    /// References are resolved as a parser of FusionPBX's answers resolves them, so that `R&amp;D` reads `R&D`, as does
    /// `R&D`; they cannot hide a `$`.
    ///
    /// - Parameters:
    ///   - kept: The variables that may stay, written from their brace on: `{uuid}`.
    ///   - keepsCaptures: Whether `$1` … `$9` stay, what a regular expression has found.
    static func safe(_ text: String, keeping kept: [String] = [], keepsCaptures: Bool = false) -> String {
        var output = ""
        var rest = XMLNode.unescaped(text)[...]
        while let dollar = rest.firstIndex(of: "$") {
            output += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if keepsCaptures, let next = rest.first, ("1"..."9").contains(next) { output += "$" }
        }
        output += rest
        for variable in kept { output = output.replacing(variable, with: "$" + variable) }
        return output
    }

    /// The same for the values of several attributes.
    static func safe(_ attributes: [(String, String)], keeping kept: [String] = []) -> [(String, String)] {
        attributes.map { ($0.0, safe($0.1, keeping: kept)) }
    }
}

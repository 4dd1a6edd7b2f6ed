extension TableText {
    /// A text with the switch's global variables in it, without others.
    ///
    /// - Parameter globals: The variables; `nil` for a switch on another machine, which expands `$${…}` itself.
    static func expandingGlobals(
        _ text: String,
        _ globals: (@Sendable (String) -> String?)?,
        keeping kept: [String]
    ) -> String {
        var output = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "$${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            output += safe(String(rest[..<start.lowerBound]), keeping: kept)
            let name = String(rest[start.upperBound..<end])
            if let globals {
                output += safe(globals(name) ?? "{\(name)}", keeping: kept)
            } else {
                output += rest[start.lowerBound...end]
            }
            rest = rest[rest.index(after: end)...]
        }
        return output + safe(String(rest), keeping: kept)
    }
}

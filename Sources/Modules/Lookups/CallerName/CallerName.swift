import Base

/// What is known of who has a number.
struct CallerName: Hashable, Sendable {
    /// What stands for what is not known.
    static let unknown = "UNKNOWN"
    /// How long a name may be, in characters.
    static let lengthLimit = 256

    /// The name.
    var name: String
    /// The city and the state, or another area that the number belongs to.
    var area: String
    /// Where the name is from, and the area: `url`, `phone_database`, `npanxx_database`.
    var source: String

    /// A text of somebody else's as a name: one line, not too long; `nil` when nothing is left of it, or it says that it is
    /// nothing.
    static func name(in text: String) -> String? {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control
            scalars.append(isControl ? " " : scalar)
        }
        let name = String(scalars).trimmingBlanks.prefix(lengthLimit)
        return name.isEmpty || ["UNKNOWN", "UNAVAILABLE"].contains(name.uppercased()) ? nil : String(name)
    }
}

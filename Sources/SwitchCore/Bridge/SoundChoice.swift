/// What a variable or an argument says that somebody is to hear, who waits or is asked for something.
public enum SoundChoice: Equatable, Sendable {
    /// Nothing: no name at all, or `silence`.
    case nothing
    /// That it waits, from its own phone: it is on hold (`indicate_hold`).
    case indication
    /// The sound of this name.
    case sound(String)

    /// What a name means; the case of its letters does not matter.
    public init(_ name: String?) {
        self =
            switch name?.lowercased() {
            case nil, "", "silence": .nothing
            case "indicate_hold": .indication
            default: .sound(name ?? "")
            }
    }

    /// The name of what can be played, if anything can.
    public var name: String? {
        if case .sound(let name) = self { name } else { nil }
    }
}

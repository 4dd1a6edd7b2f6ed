/// The parts of a configuration that look-ups go to.
public enum XMLSection: String, CaseIterable, Sendable {
    case result, configuration, directory, dialplan, languages, chatplan, channels

    /// The sections that a provider's binding text names, found by substring: `dialplan|directory`, `config`.
    ///
    /// An empty text names them all. `phrases` is not a name here: what reads phrases asks for `languages`.
    public static func named(in text: String) -> Set<XMLSection> {
        guard !text.isEmpty else { return Set(allCases) }
        let folded = text.lowercased()
        return Set(allCases.filter { folded.contains($0 == .configuration ? "config" : $0.rawValue) })
    }
}

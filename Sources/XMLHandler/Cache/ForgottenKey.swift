/// What is meant by a key that somebody says is to be forgotten, in whichever of FusionPBX's spellings.
///
/// Its pages write some keys with colons and some with dots, name a machine or not, a context for a domain, and a language
/// without the phrase. All of them are understood; where it is not known what is meant, more is forgotten than need be.
struct ForgottenKey: Hashable {
    /// The groups of ``DocumentKey``.
    var groups: [String] = []
    /// The sections that are forgotten as a whole.
    var sections: [String] = []
    /// How FusionPBX's script may have written it.
    var sharedNames: [String] = []

    /// The group of the call groups: whichever user changes may have left or joined one.
    static let callGroups = "directory-groups"
    /// The sections that something is kept of.
    static let sections = ["configuration", "dialplan", "directory", "languages"]
    /// How long a key may be that is understood, in bytes.
    static let lengthLimit = 600

    private static let configuration = "configuration."

    init(_ text: String) {
        guard text.utf8.count <= Self.lengthLimit else { return }
        let key = Self.normal(text)
        sharedNames = Set([text, Self.withColons(key)]).sorted()
        if let start = Self.startOfConfiguration(in: key) {
            configuration(String(key[start...].dropFirst(Self.configuration.count)))
        } else if let rest = key.after("directory.") {
            directory(rest)
        } else if let rest = key.after("dialplan.") {
            dialplan(rest)
        } else if let rest = key.after("languages.") {
            let language = String(rest.prefix { $0 != "." })
            if language.contains("*") { sections = ["languages"] } else { groups = ["languages.\(language)"] }
        } else if key == "*" {
            sections = Self.sections
        }
    }

    /// A name as it is in groups: pages write colons as dots, also those that are part of a name.
    static func normal(_ name: String) -> String {
        name.utf8.contains(UInt8(ascii: ":")) ? name.replacing(":", with: ".") : name
    }

    /// Everything.
    static var everything: ForgottenKey { ForgottenKey("*") }

    // MARK: - Sections

    private mutating func configuration(_ rest: String) {
        guard !rest.contains("*"), let end = rest.firstRange(of: ".conf") else { return sections = ["configuration"] }
        let file = String(rest[..<end.upperBound])
        groups = ["configuration.\(file)"]
        sharedNames.append("configuration:\(file)")
    }

    private mutating func directory(_ rest: String) {
        guard !rest.contains("*") else { return sections = ["directory"] }
        groups = [Self.callGroups]
        guard !rest.hasPrefix("groups.") else { return }
        let user = rest.lastIndex(of: "@").map { String(rest[..<$0]) } ?? rest
        groups.append("directory.\(user)")
    }

    /// Contexts that are part of every tenant's.
    private static let commonContexts = ["global", "${domain_name}"]

    private mutating func dialplan(_ rest: String) {
        guard !rest.contains("*"), !Self.commonContexts.contains(rest) else { return sections = ["dialplan"] }
        groups = ["dialplan.\(rest)"]
        // A context, or a context and a number: a context may have dots itself.
        if let dot = rest.lastIndex(of: ".") { groups.append("dialplan.\(rest[..<dot])") }
    }

    // MARK: - Spellings

    /// Where `configuration.` begins, at the beginning or after the name of a machine.
    private static func startOfConfiguration(in key: String) -> String.Index? {
        if key.hasPrefix(configuration) { return key.startIndex }
        guard let range = key.firstRange(of: "." + configuration), !key.contains("@") else { return nil }
        return key.index(after: range.lowerBound)
    }

    /// The key as FusionPBX's script writes it, which has colons in the place of some of the dots.
    private static func withColons(_ key: String) -> String {
        if let start = startOfConfiguration(in: key) {
            let host = key[..<start].dropLast()
            let rest = key[start...].dropFirst(configuration.count)
            let file = rest.firstRange(of: ".conf.").map {
                rest[..<$0.upperBound].dropLast() + ":" + rest[$0.upperBound...]
            }
            return (host.isEmpty ? "" : host + ":") + "configuration:" + (file ?? rest)
        }
        for (prefix, count) in [
            ("directory.groups.", 2), ("directory.", 1), ("dialplan.", 1), ("languages.", 2),
            ("app.dialplan.speed_dial.", 3), ("app.dialplan.outbound.is_local.", 4),
        ] where key.hasPrefix(prefix) {
            let parts = key.split(separator: ".", maxSplits: count, omittingEmptySubsequences: false)
            return parts.joined(separator: ":")
        }
        return key
    }
}

extension String {
    /// What follows a beginning; `nil` where it begins otherwise.
    fileprivate func after(_ start: String) -> String? {
        hasPrefix(start) ? String(dropFirst(start.count)) : nil
    }
}

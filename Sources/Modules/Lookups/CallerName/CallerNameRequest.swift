import Base

/// What the arguments of `cidlookup` ask for.
struct CallerNameRequest: Hashable, Sendable {
    /// What the command says of itself.
    static let syntax = "status|number [skipurl] [skipcitystate] [verbose]"

    /// The number as it is given; `nil` where it is not.
    let number: String?
    /// Whether no web server is asked.
    let skipsURL: Bool
    /// Whether nobody is asked for an area.
    let skipsArea: Bool
    /// Whether the command shows the area and the source too.
    let isVerbose: Bool

    /// Reads the arguments; words that mean nothing are passed over.
    init(_ text: String) {
        let words = text.isEmpty ? [] : ListSplitter.split(text, by: " ", limit: 5)
        let rest = words.dropFirst().prefix(3).map { $0.lowercased() }
        number = words.first.flatMap { $0.isEmpty ? nil : $0 }
        skipsURL = rest.contains("skipurl")
        skipsArea = rest.contains("skipcitystate")
        isVerbose = rest.contains("verbose")
    }
}

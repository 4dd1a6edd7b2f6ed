import FileReplication

/// What operators may say.
enum FileSyncCommand: Hashable, Sendable {
    case status(isJSON: Bool)
    case scan(String?)
    case pause(String?)
    case resume(String?)
    case explain(String, TreePath)
    case verify(String?)
    case continueGrowing(String, TreePath?)
    case deletions(String, areMeant: Bool)

    static let usage = """
        status [--json] | scan [FOLDER] | pause [FOLDER] | resume [FOLDER] | explain FOLDER PATH | verify [FOLDER] | \
        continue FOLDER [PATH] | deletions accept|refuse FOLDER
        """

    /// Reads a line; `nil` for what is none.
    init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 2).map(String.init)
        let second = words.count > 1 ? words[1] : nil
        switch (words.first, words.count) {
        case ("status", 1): self = .status(isJSON: false)
        case ("status", 2) where second == "--json" || second == "json": self = .status(isJSON: true)
        case ("scan", ...2): self = .scan(second)
        case ("pause", ...2): self = .pause(second)
        case ("resume", ...2): self = .resume(second)
        case ("verify", ...2): self = .verify(second)
        case ("explain", 3):
            // A path may have blanks.
            guard let path = try? TreePath(words[2]) else { return nil }
            self = .explain(words[1], path)
        case ("continue", 2): self = .continueGrowing(words[1], nil)
        case ("continue", 3):
            guard let path = try? TreePath(words[2]) else { return nil }
            self = .continueGrowing(words[1], path)
        case ("deletions", 3) where second == "accept" || second == "refuse":
            self = .deletions(words[2], areMeant: second == "accept")
        default: return nil
        }
    }
}

extension FileSyncService {
    /// The commands that there are.
    public static let usage = FileSyncCommand.usage
}

/// What comes of a command.
public struct ControlAnswer: Hashable, Sendable {
    /// Whether it was done.
    public var isDone: Bool
    /// What there is to say, with a line end.
    public var text: String

    static func done(_ text: String = "") -> ControlAnswer { ControlAnswer(isDone: true, text: text) }
    static func failed(_ text: String) -> ControlAnswer { ControlAnswer(isDone: false, text: text + "\n") }
}

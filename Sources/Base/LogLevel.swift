/// The levels of log lines as operators and programs name and number them: the smaller, the worse.
public enum LogLevel: Int, CaseIterable, Sendable {
    case console, alert, crit, err, warning, notice, info, debug

    /// The name in replies and in front of log lines: `DEBUG`.
    public var name: String { String(describing: self).uppercased() }

    /// A level by its name, in any case, or its number.
    public init?(_ text: some StringProtocol) {
        if let number = Int(text) {
            self.init(rawValue: number)
        } else if let level = Self.allCases.first(where: { $0.name.equalsIgnoringASCIICase(Substring(text)) }) {
            self = level
        } else {
            return nil
        }
    }
}

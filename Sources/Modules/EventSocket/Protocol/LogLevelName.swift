/// The levels of the log as clients name and number them.
package enum LogLevelName: Int, Sendable, CaseIterable {
    case console, alert, crit, err, warning, notice, info, debug

    /// The level of a name or number; `DEBUG` when there is none.
    package init?(_ text: String) {
        if text.isEmpty {
            self = .debug
        } else if let number = Int(text) {
            self.init(rawValue: number)
        } else {
            guard let level = Self.allCases.first(where: { $0.name == text.uppercased() }) else { return nil }
            self = level
        }
    }

    /// The name in replies and in front of log lines.
    package var name: String { String(describing: self).uppercased() }
}

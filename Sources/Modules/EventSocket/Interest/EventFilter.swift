import Base
import Patterns
import SwitchCore

/// One filter of a client: a header and the value that it must have, or must not have.
package struct EventFilter: Hashable, Sendable {
    /// The header's name.
    package var header: String
    /// The value as the client wrote it: `value`, `/expression/`, `+value` or `-value`.
    package var value: String

    /// A filter for a header.
    package init(header: String, value: String) {
        (self.header, self.value) = (header, value)
    }

    /// A filter ready to be used: expressions are compiled once.
    struct Matcher {
        let header: String
        let excludes: Bool
        private let text: String
        private let expression: RegularExpression?

        init(_ filter: EventFilter) {
            header = filter.header
            excludes = filter.value.hasPrefix("-")
            let isSigned = excludes || filter.value.hasPrefix("+")
            text = isSigned ? String(filter.value.dropFirst()) : filter.value
            let isExpression = !isSigned && text.utf8.count > 1 && text.hasPrefix("/")
            expression = isExpression ? try? RegularExpression(expression: text) : nil
        }

        func matches(_ event: Event) -> Bool {
            guard let value = event[header] else { return false }
            if let expression { return expression.matches(value) }
            return value.equalsIgnoringASCIICase(text)
        }
    }
}

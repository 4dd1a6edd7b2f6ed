import Base

/// One thing that a client asks for: a command line, headers, and a body when `Content-Length` says so.
package struct Request: Sendable {
    /// The command line as it was sent.
    package var line: String
    /// The headers in their order.
    package var headers: [(name: String, value: String)] = []
    /// The text after the headers.
    package var body: String?

    /// A request without headers.
    package init(line: String) {
        self.line = line
    }

    /// The first header of that name, any case.
    package subscript(_ name: String) -> String? {
        headers.first { $0.name.equalsIgnoringASCIICase(name) }?.value
    }

    /// The command's name in small letters.
    package var command: String {
        (line.split(separator: " ", maxSplits: 1).first ?? "").lowercased()
    }

    /// What follows the command's name, without the spaces around it.
    package var argument: String {
        let parts = line.split(separator: " ", maxSplits: 1)
        guard parts.count > 1 else { return "" }
        var argument = parts[1].drop { $0 == " " }
        while argument.last == " " { argument.removeLast() }
        return String(argument)
    }
}

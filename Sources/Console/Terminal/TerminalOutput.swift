import Glibc

/// The standard output, unbuffered: what the switch says shows at once.
enum TerminalOutput {
    /// Writes a text whole; a terminal that has gone away ends the program elsewhere.
    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

import Base
import Glibc

/// The standard output, unbuffered: what the switch says shows at once.
enum TerminalOutput {
    /// Writes a text whole; a terminal that has gone away ends the program elsewhere.
    static func write(_ text: String) {
        _ = DescriptorOutput.write(Array(text.utf8), to: STDOUT_FILENO)
    }
}

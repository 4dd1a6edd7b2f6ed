import Base
import Glibc
import Migration
import Synchronization

/// Shows how far a copy is: a bar on a terminal, else a line now and then.
final class ProgressDisplay: Sendable {
    private struct State {
        var last: Duration?
        var table = ""
    }

    private let start = MonotonicInstant.now
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Mutex(State())

    /// How long it is between two lines of text.
    private static let pause = Duration.seconds(10)

    /// Shows it, when it is time for that or another table has begun.
    func show(_ progress: CopyProgress) {
        let elapsed = MonotonicInstant.now - start
        let isDue = state.withLock { state in
            let isDue =
                isTerminal || progress.table != state.table || state.last.map { elapsed - $0 >= Self.pause } ?? true
            if isDue { (state.last, state.table) = (elapsed, progress.table) }
            return isDue
        }
        guard isDue else { return }
        // To the end of the line, which may have been longer.
        let text = isTerminal ? "\r\(progress.bar(after: elapsed))\u{1B}[K" : "\(progress.line(after: elapsed))\n"
        _ = DescriptorOutput.write(Array(text.utf8), to: STDERR_FILENO)
    }

    /// Leaves the line that the bar is in.
    func end() {
        if isTerminal { _ = DescriptorOutput.write(Array("\n".utf8), to: STDERR_FILENO) }
    }
}

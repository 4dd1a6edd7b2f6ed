public import Base
import Glibc
import Logging
import NIOPosix
public import SwitchCore
import Synchronization

/// The log on the standard error output: there from the first line on, whatever modules are loaded.
///
/// It is written by a thread of its own, so that a terminal that somebody stopped stops no call.
public final class TerminalLog: Sendable {
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let style: Style
    private let writer: LogWriter

    /// - Parameter level: The least important level that is shown.
    public init(_ outputs: LogOutputs, level: LogLevel) {
        let style = Style(level: level, isTerminal: isatty(STDERR_FILENO) == 1)
        self.style = style
        writer = LogWriter(outputs, thread: thread) { style.write($0) }
        thread.start()
        writer.start(from: level.logLevel ?? .critical)
    }

    /// The least important level that is shown.
    public var level: LogLevel {
        get { style.state.withLock { $0.level } }
        set {
            style.state.withLock { $0.level = newValue }
            writer.setLevel(newValue.logLevel ?? .critical)
        }
    }

    /// How many lines were lost because the terminal was too slow.
    var droppedCount: UInt64 { writer.droppedCount }

    /// Whether levels have colours, on a terminal.
    var usesColors: Bool {
        get { style.state.withLock { $0.usesColors } }
        set { style.state.withLock { $0.usesColors = newValue } }
    }

    /// Whether lines about a channel begin with its UUID.
    var showsChannel: Bool {
        get { style.state.withLock { $0.showsChannel } }
        set { style.state.withLock { $0.showsChannel = newValue } }
    }

    /// Whether lines are JSON.
    var writesJSON: Bool {
        get { style.state.withLock { $0.format == .json } }
        set { style.state.withLock { $0.format = newValue ? .json : .plain } }
    }

    /// Applies what `console.conf` says.
    func apply(_ settings: TerminalSettings) {
        style.state.withLock { state in
            state.usesColors = settings.usesColors
            state.showsChannel = settings.showsChannel
            state.format = settings.format
            state.mappings = settings.mappings
        }
        if let level = settings.level { self.level = level }
    }

    /// Writes to another descriptor from now on, or to the standard error output again.
    ///
    /// Nothing is written any more to the one from before when this returns.
    public func redirect(to descriptor: Int32?) async {
        _ = try? await thread.runIfActive { [style] in
            style.state.withLock { $0.descriptor = descriptor ?? STDERR_FILENO }
        }
    }

    /// Writes what is queued and ends.
    public func stop() async {
        await writer.stop()
        try? await thread.shutdownGracefully()
    }

    /// Which lines are shown, and how.
    private final class Style: Sendable {
        struct State {
            var level: LogLevel
            var usesColors = true
            var showsChannel = false
            var format = LogFormat.plain
            var mappings = LogMappings.everything
            var descriptor = STDERR_FILENO
        }

        let state: Mutex<State>
        private let isTerminal: Bool

        init(level: LogLevel, isTerminal: Bool) {
            state = Mutex(State(level: level))
            self.isTerminal = isTerminal
        }

        func write(_ records: [LogRecord]) {
            let state = state.withLock { $0 }
            var text = ""
            for record in records {
                let level = LogLevel(record.level)
                guard level.rawValue <= state.level.rawValue, state.mappings.include(record) else { continue }
                let line = state.format == .json ? record.jsonLine : record.plainLine(withChannel: state.showsChannel)
                let isColored = isTerminal && state.usesColors && !level.escape.isEmpty
                text += isColored ? "\(level.escape)\(line)\(LogLevel.plainEscape)\n" : line + "\n"
            }
            if !text.isEmpty { _ = DescriptorOutput.write(Array(text.utf8), to: state.descriptor) }
        }
    }
}

import Base
import Glibc

/// The console program: the operator's terminal on one side, the switch's event socket on the other.
///
/// It is one thread that waits for both. Everything that can be decided without them is in ``ConsoleSession``.
public final class ConsoleClient {
    /// What the operator asked for on the command line.
    public struct Options: Sendable {
        /// How to reach the switch.
        public var profile = ConsoleProfile()
        /// Commands to run one after the other; then the console ends.
        public var commands: [String] = []
        /// Whether levels have colours; `nil` when the terminal decides.
        public var colors: Bool?
        /// Where typed lines are kept.
        public var historyFile: String?

        /// The defaults.
        public init() {}
    }

    private let options: Options
    /// Where the log comes from that is shown besides what the switch answers.
    private let log: Int32?
    private let connection: ConsoleConnection
    private var reader = FrameReader()
    private var session: ConsoleSession
    private var commands: ArraySlice<String>
    private var editor: LineEditor?
    private var ending: ConsoleSession.Ending?
    private var completion: ConsoleSession.Completion?
    private var isReady = false
    private var unfinishedLog: [UInt8] = []
    private let usesColors: Bool

    /// Connects to the switch.
    public init(_ options: Options) throws {
        (self.options, log) = (options, nil)
        commands = options.commands[...]
        let profile = options.profile
        usesColors = options.colors ?? (isatty(STDOUT_FILENO) == 1)
        session = ConsoleSession(.init(user: profile.user, password: profile.password ?? ""))
        connection = try ConsoleConnection(
            host: profile.host,
            port: profile.port,
            timeout: Self.pollTime(profile.connectTimeout)
        )
    }

    /// A console inside of the switch.
    ///
    /// - Parameters:
    ///   - descriptor: A stream to the event socket that lets everything be done; it is closed at the end.
    ///   - log: Where the text of the log can be read; it is closed at the end.
    public init(attachedTo descriptor: Int32, log: Int32, _ options: Options) {
        (self.options, self.log) = (options, log)
        commands = []
        usesColors = options.colors ?? true
        session = ConsoleSession(nil)
        connection = ConsoleConnection(attachedTo: descriptor)
        isReady = true
    }

    deinit { if let log { close(log) } }

    /// Shows what still comes from the log, until its end.
    public func showRest() {
        while let log, receiveLog(from: log) {}
    }

    /// Runs until the operator leaves or the switch does.
    public func run() -> ConsoleSession.Ending {
        while !isReady, ending == nil { waitForSwitch(timeout: Self.pollTime(options.profile.connectTimeout)) }
        if ending == nil {
            if options.commands.isEmpty { converse() } else { runCommands() }
        }
        return ending ?? .done
    }

    /// A time as poll(2) takes it, from one in which nothing means any.
    private static func pollTime(_ limit: Int32) -> Int32 { limit > 0 ? limit : -1 }

    private func runCommands() {
        let limit = Self.pollTime(options.profile.timeout)
        while let command = commands.popFirst(), ending == nil {
            perform(session.execute(command))
            while ending == nil { waitForSwitch(timeout: limit, late: .unanswered) }
            if ending == .done, !commands.isEmpty { ending = nil }
        }
    }

    private func converse() {
        if let level = options.profile.logLevel { perform([.send("log \(level.rawValue)\n\n")]) }
        guard isatty(STDIN_FILENO) == 1 else { return converseWithoutTerminal() }
        editor = LineEditor(
            prompt: "tandem@\(options.profile.host)> ",
            historyFile: options.historyFile,
            wait: { [unowned self] in waitForBoth() },
            complete: { [unowned self] in completion(of: $0, cursor: $1) }
        )
        while ending == nil, let line = editor?.readLine() { perform(session.entered(line)) }
        editor = nil
    }

    /// Lines from a pipe: each is answered before the next is read.
    private func converseWithoutTerminal() {
        var input = PipedLines()
        while ending == nil, let line = input.next(waiting: { waitForBoth() == .input }) {
            perform(session.entered(line))
            while session.isWaiting, ending == nil { waitForSwitch(timeout: -1) }
        }
        if ending == nil { perform(session.entered("/quit")) }
    }

    private func completion(of line: String, cursor: Int) -> ConsoleSession.Completion? {
        completion = nil
        perform(session.complete(line, cursor: cursor))
        // A switch that does not answer must not lock the keyboard.
        while completion == nil, ending == nil {
            guard waitForSwitch(timeout: 2000) else { return nil }
        }
        return completion
    }

    private func waitForBoth() -> LineEditor.Wait {
        while ending == nil {
            // A negative descriptor is passed over.
            var pollers = [STDIN_FILENO, connection.descriptor, log ?? -1].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            guard poll(&pollers, nfds_t(pollers.count), -1) > 0 else { continue }
            if pollers[1].revents != 0 { receive() }
            if let log, pollers[2].revents != 0 { _ = receiveLog(from: log) }
            if ending == nil, pollers[0].revents != 0 { return .input }
        }
        return .stop
    }

    /// Waits for the switch alone.
    ///
    /// - Parameter late: How the console ends when nothing comes and nobody types.
    /// - Returns: Whether something came in time.
    @discardableResult
    private func waitForSwitch(
        timeout: Int32,
        late: ConsoleSession.Ending = .failed("the switch does not answer")
    ) -> Bool {
        var poller = pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0)
        let count = poll(&poller, 1, timeout)
        if count > 0 {
            receive()
        } else if count == 0, editor == nil {
            ending = late
        }
        return count > 0
    }

    private func receive() {
        do {
            guard let bytes = try connection.receive() else {
                ending = ending ?? .failed("the switch closed the connection")
                return
            }
            reader.append(bytes)
            while let frame = try reader.next() { perform(session.received(frame)) }
        } catch {
            ending = .failed("\(error)")
        }
    }

    /// Shows what has come of the log, and waits for it; false at its end.
    private func receiveLog(from descriptor: Int32) -> Bool {
        let bytes = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
            count = max(read(descriptor, buffer.baseAddress, buffer.count), 0)
        }
        unfinishedLog += bytes
        // A line may come in two pieces, the end of which would break the one that is being typed.
        let end = bytes.isEmpty ? unfinishedLog.endIndex : (unfinishedLog.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        if end > 0 {
            show(String(decoding: unfinishedLog[..<end], as: UTF8.self))
            unfinishedLog.removeFirst(end)
        }
        return !bytes.isEmpty
    }

    private func perform(_ actions: [ConsoleSession.Action]) {
        for action in actions {
            switch action {
            case .send(let text): send(text)
            case .show(let text): show(text)
            case .log(let level, let text): show(usesColors ? level.escape + text + LogLevel.plainEscape : text)
            case .ready: isReady = true
            case .complete(let answer): completion = answer
            case .end(let why): ending = ending ?? why
            }
        }
    }

    private func send(_ text: String) {
        do {
            try connection.send(text)
        } catch {
            ending = .failed("\(error)")
        }
    }

    private func show(_ text: String) {
        if let editor { return editor.show(text) }
        TerminalOutput.write(text)
    }
}

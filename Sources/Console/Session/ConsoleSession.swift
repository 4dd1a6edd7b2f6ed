public import Base

/// The console's side of a connection to the event socket: messages and typed lines go in, actions come out.
public struct ConsoleSession {
    /// How the console proves who it is.
    public struct Credentials: Sendable {
        /// `user@domain` of a user of the directory; `nil` for the event socket's own password.
        public var user: String?
        /// The password.
        public var password: String

        /// The event socket's password, or a user's.
        public init(user: String? = nil, password: String) {
            (self.user, self.password) = (user, password)
        }
    }

    /// What is to be done.
    public enum Action: Equatable, Sendable {
        /// Send this.
        case send(String)
        /// Show an answer or an event.
        case show(String)
        /// Show a log line.
        case log(LogLevel, String)
        /// The switch lets us in.
        case ready
        /// The answer to a completion: delete so many characters before the cursor, insert a text, show the choices.
        case complete(Completion)
        /// The console ends.
        case end(Ending)
    }

    /// What the switch says about an unfinished line.
    public struct Completion: Equatable, Sendable {
        /// How many characters before the cursor go away.
        public var deletes = 0
        /// What takes their place.
        public var inserts = ""
        /// The choices, as text for the operator.
        public var choices = ""

        /// What to do with the unfinished line.
        public init(deletes: Int = 0, inserts: String = "", choices: String = "") {
            (self.deletes, self.inserts, self.choices) = (deletes, inserts, choices)
        }
    }

    /// Why the console ends.
    public enum Ending: Equatable, Sendable {
        /// The operator wanted it, or what was asked for is done.
        case done
        /// The switch said no, or the connection broke.
        case failed(String)
        /// What was asked for is not answered in time.
        case unanswered
    }

    private enum Expected {
        case answer
        case completion
        /// The answer ends the console (`-x`).
        case lastAnswer
    }

    private let credentials: Credentials?
    private var isAuthenticated: Bool
    private var expected: [Expected] = []
    private var channel: String?
    private var text: String?

    /// How many commands may wait for their answers at a time.
    static let pendingLimit = 64

    /// A session that waits for the switch's greeting; without credentials, one inside of the switch, which is in.
    public init(_ credentials: Credentials?) {
        self.credentials = credentials
        isAuthenticated = credentials == nil
    }

    /// Whether the console is the switch's own, which shows the switch's log and has none of its own.
    private var isLocal: Bool { credentials == nil }

    /// Whether a command waits for its answer.
    public var isWaiting: Bool { !expected.isEmpty }

    /// Takes a message of the switch.
    public mutating func received(_ frame: EventSocketFrame) -> [Action] {
        switch frame.contentType {
        case "auth/request": return credentials.map { [.send(Self.authentication($0))] } ?? []
        case "command/reply": return takeReply(frame["Reply-Text"] ?? "")
        case "api/response": return takeAnswer(frame.body)
        case "log/data": return takeLog(frame)
        case "text/event-plain", "text/event-json", "text/event-xml": return [.show(frame.body)]
        case "text/rude-rejection": return [.end(.failed("the switch's access list does not let this address in"))]
        case "text/disconnect-notice": return [.end(.failed("the switch closed the connection"))]
        default: return []
        }
    }

    /// Takes a line that the operator typed.
    public mutating func entered(_ line: String) -> [Action] {
        switch ConsoleInput(line) {
        case .nothing: return []
        case .end where isLocal: return ask("fsctl shutdown", expecting: .answer)
        case .command(let command): return follow(command) + ask(command, expecting: .answer)
        case .log(let level) where isLocal: return ask("console loglevel \(level.name)", expecting: .answer)
        case .request("nolog") where isLocal: return ask("console loglevel console", expecting: .answer)
        case .channel where isLocal, .containing where isLocal:
            return [.show("-ERR the log of this console has no filter; tandem cli has one\n")]
        case .request(let request): return [.send(request + "\n\n")]
        case .log(let level): return [.send("log \(level.rawValue)\n\n")]
        case .channel(let uuid):
            channel = uuid
            return []
        case .containing(let text):
            self.text = text
            return []
        case .help: return [.show(ConsoleInput.helpText)]
        case .invalid(let why): return [.show("-ERR \(why)\n")]
        case .quit, .end: return [.send("exit\n\n"), .end(.done)]
        }
    }

    /// Asks the switch for one command, whose answer ends the console.
    public mutating func execute(_ command: String) -> [Action] {
        ask(command, expecting: .lastAnswer)
    }

    /// Asks how an unfinished line could go on; the cursor is a count of characters.
    public mutating func complete(_ line: String, cursor: Int) -> [Action] {
        ask("console_complete c=\(cursor);\(line)", expecting: .completion)
    }

    /// What the switch's own console shows is what this one shows, too.
    private func follow(_ command: String) -> [Action] {
        let words = command.split(separator: " ")
        guard !isLocal, words.count == 3, words[0] == "console", words[1] == "loglevel", let level = LogLevel(words[2])
        else { return [] }
        return [.send("log \(level.rawValue)\n\n")]
    }

    private static func authentication(_ credentials: Credentials) -> String {
        if let user = credentials.user { return "userauth \(user):\(credentials.password)\n\n" }
        return "auth \(credentials.password)\n\n"
    }

    private mutating func ask(_ command: String, expecting kind: Expected) -> [Action] {
        guard expected.count < Self.pendingLimit else { return [.show("-ERR the switch does not answer\n")] }
        // A line feed would end the request and begin another one.
        let line = command.split(whereSeparator: \.isNewline).joined(separator: " ")
        expected.append(kind)
        return [.send("api \(line)\nconsole_execute: true\n\n")]
    }

    private mutating func takeReply(_ reply: String) -> [Action] {
        if !isAuthenticated {
            guard reply.hasPrefix("+OK") else { return [.end(.failed("the switch refused the password"))] }
            isAuthenticated = true
            return [.ready]
        }
        // An api command that may not be used is answered like a request.
        if reply.hasPrefix("-ERR"), let kind = expected.first {
            expected.removeFirst()
            return kind == .lastAnswer ? [.show(reply + "\n"), .end(.done)] : [.show(reply + "\n")]
        }
        return [.show(reply + "\n")]
    }

    private mutating func takeAnswer(_ body: String) -> [Action] {
        let kind = expected.isEmpty ? .answer : expected.removeFirst()
        let shown = body.hasSuffix("\n") || body.isEmpty ? body : body + "\n"
        switch kind {
        case .answer: return [.show(shown)]
        case .lastAnswer: return [.show(shown), .end(.done)]
        case .completion: return [.complete(Completion(answer: body))]
        }
    }

    private func takeLog(_ frame: EventSocketFrame) -> [Action] {
        if let channel, frame["User-Data"] != channel { return [] }
        if let text, !frame.body.contains(text) { return [] }
        let level = frame["Log-Level"].flatMap { LogLevel($0) } ?? .console
        let line = frame.body.hasSuffix("\n") ? frame.body : frame.body + "\n"
        return [.log(level, frame["User-Data"].map { "\($0) \(line)" } ?? line)]
    }
}

extension ConsoleSession.Completion {
    /// Reads the switch's answer: the choices, and behind `write=` how many characters go and what comes.
    init(answer: String) {
        self.init()
        guard let range = answer.firstRange(of: "\n\nwrite=") else {
            choices = answer.hasPrefix("-ERR") ? "" : answer
            return
        }
        choices = String(answer[..<range.lowerBound])
        let parts = answer[range.upperBound...].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), count >= 0 else { return }
        (deletes, inserts) = (count, String(parts[1].prefix { !$0.isNewline }))
    }
}

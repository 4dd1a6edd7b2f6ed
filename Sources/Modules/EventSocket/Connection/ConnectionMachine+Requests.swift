import Base
import SwitchCore

/// What each command does.
extension ConnectionMachine {
    mutating func handle(_ request: Request) {
        if phase == .stranger {
            handleStranger(request)
            return
        }
        switch request.command {
        case "exit", "...":
            reply("+OK bye")
            close()
        case "api": runCommand(request)
        case "bgapi": startJob(request)
        case "event", "events": addEvents(request)
        case "nixevent": removeEvents(request)
        case "noevents":
            guard isListening else { return reply("-ERR not listening for events") }
            isListening = false
            interest.removeEvents()
            interestChanged()
            reply("+OK no longer listening for events")
        case "filter": changeFilter(request)
        case "myevents": follow(request)
        case "divert_events": divertEvents(request)
        case "sendevent": sendEvent(request)
        case "sendmsg": sendMessage(request)
        case "log": startLog(request)
        case "nolog":
            // The word is spelled as clients know it.
            guard isLogging else { return reply("-ERR not loging") }
            isLogging = false
            act(.setLogLevel(nil))
            reply("+OK no longer logging")
        // Without a channel, those are no commands at all.
        case "connect", "getvar", "resume": channel == nil ? reply(Self.unknown) : handleControl(request)
        case "linger", "nolinger": handleControl(request)
        default: reply(Self.unknown)
        }
    }

    static let unknown = "-ERR command not found"

    /// Whether the client may act on more than its own channel.
    private var isFull: Bool {
        if case .outbound(_, _, let isFull) = role { return isFull }
        return true
    }

    // MARK: - Who are you?

    private mutating func handleStranger(_ request: Request) {
        switch request.command {
        case "auth":
            let isRight = Self.isSame(request.argument, settings.password ?? "")
            admit(isRight ? Permissions() : nil, isUser: false)
        case "userauth":
            let parts = request.argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let at = parts[0].lastIndex(of: "@") else {
                admit(nil, isUser: true)
                return
            }
            ask(
                .authenticate(
                    user: String(parts[0][..<at]),
                    domain: String(parts[0][parts[0].index(after: at)...]),
                    password: String(parts[1])
                ),
                for: .authentication
            )
        case "exit", "...":
            reply("+OK bye")
            close()
        default: reply(Self.unknown)
        }
    }

    private mutating func admit(_ permissions: Permissions?, isUser: Bool) {
        guard let permissions else {
            reply("-ERR invalid")
            close()
            return
        }
        self.permissions = permissions
        phase = .open
        guard isUser else {
            reply("+OK accepted")
            return
        }
        reply(
            "+OK accepted",
            [
                ("Allowed-Events", permissions.texts.events), ("Allowed-API", permissions.texts.commands),
                ("Allowed-LOG", String(permissions.seesLog)),
            ]
        )
    }

    /// Whether two passwords are the same and not empty; the time that it takes tells nothing of where they differ.
    package static func isSame(_ given: String, _ wanted: String) -> Bool {
        let (left, right) = (Array(given.utf8), Array(wanted.utf8))
        guard !right.isEmpty else { return false }
        var difference = left.count ^ right.count
        for (index, byte) in right.enumerated() {
            difference |= Int(byte ^ (index < left.count ? left[index] : ~byte))
        }
        return difference == 0
    }

    // MARK: - Commands

    private mutating func runCommand(_ request: Request) {
        guard isFull, !request.argument.isEmpty else { return reply(Self.unknown) }
        guard mayRun(request.argument) else { return reply("-ERR permission denied") }
        ask(.command(request.argument), for: .command)
    }

    private mutating func startJob(_ request: Request) {
        guard isFull, !request.argument.isEmpty else { return reply(Self.unknown) }
        guard mayRun(request.argument) else { return reply("-ERR permission denied") }
        guard runningJobs < Self.jobLimit else { return reply("-ERR too many jobs") }
        runningJobs += 1
        let uuid = request["Job-UUID"] ?? settings.makeUUID()
        act(.start(BackgroundJob(uuid: uuid, line: request.argument, owner: channel)))
        reply("+OK Job-UUID: \(uuid)", [("Job-UUID", uuid)])
    }

    private func mayRun(_ line: String) -> Bool { permissions.allows(command: line, resolve: settings.resolve) }

    private mutating func sendEvent(_ request: Request) {
        guard isFull else { return reply(Self.unknown) }
        guard let name = EventName(text: request.argument.split(separator: " ").first ?? "") else {
            return reply("-ERR invalid event")
        }
        let subclass = request["Event-Subclass"]
        guard permissions.events.allows(name, subclass: subclass) else { return reply("-ERR permission denied") }
        let own = ["event-name", "content-length", "event-subclass"]
        let headers = request.headers.filter { !own.contains($0.name.lowercased()) }
        ask(.fire(name, subclass: subclass, headers: headers, body: request.body), for: .firing)
    }

    private mutating func startLog(_ request: Request) {
        guard isFull else { return reply(Self.unknown) }
        guard permissions.seesLog else { return reply("-ERR permission denied") }
        let word = request.argument.prefix { $0 != " " }
        guard let level = word.isEmpty ? .debug : LogLevel(word) else { return reply("-ERR invalid log level") }
        isLogging = true
        act(.setLogLevel(level))
        // The word is given back as it came.
        reply("+OK log level \(word) [\(level.rawValue)]")
    }

    // MARK: - The channel of the connection

    private mutating func handleControl(_ request: Request) {
        guard let channel else {
            reply("-ERR not controlling a session")
            return
        }
        switch request.command {
        // Who is limited is told no more than by the command that tells the same.
        case "connect" where !mayRun("uuid_dump"), "getvar" where !mayRun("uuid_getvar"):
            reply("-ERR permission denied")
        case "connect": ask(.channelData(channel), for: .channelData)
        case "getvar": ask(.variable(request.argument, channel: channel), for: .variable)
        case "nolinger":
            lingering = .no
            reply("+OK will not linger")
        case "linger":
            if let seconds = Int(request.argument), (0...86_400).contains(seconds) {
                lingering = .seconds(seconds)
                reply("+OK will linger \(seconds) seconds")
            } else {
                lingering = .unlimited
                reply("+OK will linger")
            }
        default:
            act(.resumeDialplan)
            reply("+OK")
        }
    }

    private mutating func sendMessage(_ request: Request) {
        let target = request.argument.isEmpty ? request["session-id"] ?? channel ?? "" : request.argument
        // To run an application is to be able to do everything.
        guard permissions.allows(command: "sendmsg") else { return reply("-ERR permission denied") }
        guard !target.isEmpty, isFull || target == channel else { return reply("-ERR invalid session id [\(target)]") }
        switch SessionMessage.parse(request, makeUUID: settings.makeUUID) {
        case .failure(let error): reply("-ERR \(error)")
        case .success(let message):
            let isOwn = target == channel
            ask(
                .message(message, channel: target, waits: isOwn && waitsForMessages(request)),
                for: .message(channel: target)
            )
        }
    }

    /// Whether what is asked of the own channel is done before the next request is read.
    private func waitsForMessages(_ request: Request) -> Bool {
        guard case .outbound(_, let isAsync, _) = role else { return false }
        return !isAsync && request["async"]?.isTrueSetting != true
    }

    // MARK: - Answers

    mutating func take(_ answer: Answer, for pending: Pending) {
        switch (pending, answer) {
        case (.authentication, .account(let permissions)): admit(permissions, isUser: true)
        case (.command, .text(let text)): act(.send(Frame.apiResponse(text)))
        case (.channelData, .event(let event?)): act(.send(Self.connectReply(event, role)))
        case (.variable, .text(let value)): reply(value)
        case (.firing, .text(let uuid)): reply("+OK \(uuid)")
        case (.message, .done(true)): reply("+OK")
        case (.message(let target), _): reply("-ERR invalid session id [\(target)]")
        case (.follow(let format), .text(let uuid)) where !uuid.isEmpty:
            attach(to: uuid)
            interest.follow(uuid)
            interest.format = format
            (isListening, isFollowing) = (true, true)
            interestChanged()
            reply("+OK Events Enabled")
        case (.follow, _): reply("-ERR invalid uuid")
        case (.command, _): act(.send(Frame.apiResponse("")))
        default: reply("-ERR the channel is over")
        }
    }

    /// All that is known of the channel as one reply.
    private static func connectReply(_ event: Event, _ role: Role) -> [UInt8] {
        var (isAsync, isFull) = (true, true)
        if case .outbound(_, let async, let full) = role { (isAsync, isFull) = (async, full) }
        var event = event
        event.add("Content-Type", "command/reply")
        event.add("Reply-Text", "+OK\n")
        event.add("Socket-Mode", isAsync ? "async" : "static")
        event.add("Control", isFull ? "full" : "single-channel")
        return EventFormat.plain.encode(event)
    }
}

package import Base
package import SwitchCore

/// One connection of an event client, without the connection: bytes and answers go in, actions come out.
///
/// Requests are done one after the other. Where something outside has to be asked (a command, the directory, a
/// channel), the machine asks and reads no further before the answer is there, so that replies keep the requests' order.
/// The owner takes actions with ``next()`` for as long as the client reads what it is sent.
package struct ConnectionMachine: Sendable {
    /// Who made the connection.
    package enum Role: Sendable, Hashable {
        /// A client, which has to say who it is.
        case inbound
        /// The console of the program itself, which need not say who it is.
        case console
        /// The application `socket` of a channel.
        case outbound(channel: String, isAsync: Bool, isFull: Bool)
    }

    /// What the machine needs to know.
    package struct Settings: Sendable {
        /// The password; nobody gets in by `auth` while it is `nil` or empty.
        package var password: String?
        /// Makes names for jobs and executions.
        package var makeUUID: @Sendable () -> String
        /// Puts what an alias stands for in its place at the beginning of a command line.
        package var resolve: @Sendable (String) -> String = { $0 }

        /// Settings with a password.
        package init(password: String?, makeUUID: @escaping @Sendable () -> String) {
            (self.password, self.makeUUID) = (password, makeUUID)
        }
    }

    /// What the owner has to do.
    package enum Action: Sendable {
        case send([UInt8])
        /// Closes once everything is sent.
        case close
        /// Answers with ``answered(_:to:)`` and the number of the question.
        case ask(Question, number: Int)
        case setInterest(Interest)
        /// Sends the log from this level on, or not at all.
        case setLogLevel(LogLevel?)
        /// Calls ``jobEnded()`` when it is done.
        case start(BackgroundJob)
        /// The channel goes on in its dialplan when the connection is over.
        case resumeDialplan
        /// Calls ``lingerEnded()`` then.
        case linger(seconds: Int)
        /// Calls ``channelEnded(name:)`` when this channel is over.
        case attach(channel: String)
    }

    /// What only the outside knows.
    package enum Question: Sendable {
        /// `.account`: the permissions of a user of the directory, if the password is right.
        case authenticate(user: String, domain: String, password: String)
        /// `.text`: the answer of an API command.
        case command(String)
        /// `.event`: the channel with everything that is known of it.
        case channelData(String)
        /// `.text`: the value of a channel's variable.
        case variable(String, channel: String)
        /// `.text`: the UUID of the channel, which may have been named by another identifier; nothing when there is none.
        case channelExists(String)
        /// `.done`: whether the channel took the message, or did it when it is waited for.
        case message(SessionMessage, channel: String, waits: Bool)
        /// `.text`: the event's UUID.
        case fire(EventName, subclass: String?, headers: [(name: String, value: String)], body: String?)
    }

    /// An answer to a question.
    package enum Answer: Sendable {
        case account(Permissions?)
        case text(String)
        case event(Event?)
        case done(Bool)
    }

    enum Phase {
        case stranger, open, lingering, closed
    }

    enum Linger {
        case no, unlimited
        case seconds(Int)
    }

    /// What is done with the answer that is waited for.
    enum Pending {
        case authentication
        case command
        case channelData
        case variable
        case follow(EventFormat)
        case message(channel: String)
        case firing
    }

    /// How many bytes may wait behind a request that is being done; the owner stops reading then.
    package static let pendingLimit = 256 << 10
    /// How many jobs of one client run at the same time.
    package static let jobLimit = 256

    package let role: Role
    let settings: Settings
    var framer = RequestFramer()
    var phase: Phase
    var permissions = Permissions()
    var interest = Interest()
    var lingering = Linger.no
    var pending: Pending?
    var runningJobs = 0
    var isLogging = false
    /// Whether the client has said which events it wants.
    var isListening = false
    /// Whether the events of one channel are among them (`myevents`).
    var isFollowing = false
    /// The channel that a client has made its own by following it.
    private var followed: String?
    private var actions: [Action] = []
    private var questionCount = 0
    /// Whether no request is whole, so that only reading on can help.
    private var needsMore = true

    /// A connection that has just been made.
    package init(_ role: Role, settings: Settings) {
        (self.role, self.settings) = (role, settings)
        switch role {
        case .inbound:
            phase = .stranger
            actions = [.send(Frame.authenticationRequest)]
        case .outbound, .console: phase = .open
        }
    }

    /// Whether the client has not said yet who it is.
    package var isStranger: Bool { phase == .stranger }

    /// Whether reading should stop until requests have been done; a body is read on, however long it is.
    package var isCrowded: Bool { !needsMore && framer.pendingBytes > Self.pendingLimit }

    /// The channel that the connection controls.
    package var channel: String? {
        guard case .outbound(let channel, _, _) = role else { return followed }
        return channel
    }

    // MARK: - What happens

    /// Bytes of the client.
    package mutating func received(_ bytes: some Sequence<UInt8>) {
        guard phase != .closed else { return }
        framer.append(bytes)
        needsMore = false
    }

    /// What is to be done next; `nil` when something has to happen first.
    package mutating func next() -> Action? {
        while actions.isEmpty, pending == nil, phase != .closed {
            do {
                guard let request = try framer.next(within: phase == .stranger ? .stranger : .client) else {
                    needsMore = true
                    break
                }
                handle(request)
            } catch {
                // The stream cannot be followed any more, so there is nobody to explain it to.
                phase = .closed
                actions.append(.close)
            }
        }
        return actions.isEmpty ? nil : actions.removeFirst()
    }

    /// The answer to a question; for one that is over already, because its channel is, it comes too late.
    package mutating func answered(_ answer: Answer, to number: Int) {
        if number == questionCount { settle(answer) }
    }

    private mutating func settle(_ answer: Answer) {
        guard let pending, phase != .closed else { return }
        self.pending = nil
        take(answer, for: pending)
    }

    /// A job that was started is done.
    package mutating func jobEnded() {
        runningJobs -= 1
    }

    /// The time to say who one is is over.
    package mutating func authenticationTimeEnded() {
        if phase == .stranger { close() }
    }

    /// The channel that the connection controls is over.
    package mutating func channelEnded(name: String) {
        guard let channel, phase == .open else { return }
        // What was asked of it will not be answered any more.
        switch pending {
        case .channelData, .variable, .message(channel): settle(.done(false))
        default: break
        }
        switch lingering {
        case .no: close()
        case .unlimited: linger(after: channel, name, seconds: nil)
        case .seconds(let seconds): linger(after: channel, name, seconds: seconds)
        }
    }

    private mutating func linger(after channel: String, _ name: String, seconds: Int?) {
        let headers = [
            ("Controlled-Session-UUID", channel), ("Content-Disposition", "linger"), ("Channel-Name", name),
            ("Linger-Time", String(seconds ?? -1)),
        ]
        actions.append(.send(Frame.disconnectNotice(headers, isLast: false)))
        if let seconds { actions.append(.linger(seconds: seconds)) }
        phase = .lingering
    }

    /// The time that the connection stays after its channel is over.
    package mutating func lingerEnded() {
        if phase == .lingering { close() }
    }

    /// The server stops.
    package mutating func close() {
        guard phase != .closed else { return }
        let headers = channel.map { [("Controlled-Session-UUID", $0), ("Content-Disposition", "disconnect")] }
        actions += [.send(Frame.disconnectNotice(headers ?? [], isLast: true)), .close]
        phase = .closed
    }

    // MARK: - For the commands

    /// The client follows a channel: it controls it from now on, and the connection ends with it.
    mutating func attach(to channel: String) {
        guard self.channel == nil else { return }
        followed = channel
        actions.append(.attach(channel: channel))
    }

    mutating func reply(_ text: String, _ headers: [(String, String)] = []) {
        actions.append(.send(Frame.reply(text, headers)))
    }

    mutating func act(_ action: Action) {
        actions.append(action)
    }

    mutating func ask(_ question: Question, for purpose: Pending) {
        pending = purpose
        questionCount += 1
        actions.append(.ask(question, number: questionCount))
    }

    /// The events that are wanted have changed.
    mutating func interestChanged() {
        interest.mask = permissions.events
        actions.append(.setInterest(interest))
    }
}

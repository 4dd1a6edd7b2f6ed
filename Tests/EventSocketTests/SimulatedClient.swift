import Base
import EventSocket
import SwitchCore
import XMLConfig

/// A connection without a network: what a client sends goes in, and what the machine does comes out as text.
struct SimulatedClient {
    private var machine: ConnectionMachine
    /// The number of the last question.
    private(set) var asked = 0

    init(_ role: ConnectionMachine.Role = .inbound, password: String? = "secret") {
        machine = ConnectionMachine(role, settings: .init(password: password) { "uuid-1" })
    }

    /// A client that is known already.
    static func known() -> SimulatedClient {
        var client = SimulatedClient()
        _ = client.actions()
        _ = client.send("auth secret")
        return client
    }

    /// A user of the directory that is known already, and has these params.
    static func user(_ params: (name: String, value: String)...) -> SimulatedClient {
        var client = SimulatedClient()
        _ = client.actions()
        _ = client.send("userauth 1000@example.org:a")
        var values = NamedValues()
        for param in params { values.addIfAbsent(param.name, param.value) }
        _ = client.answer(.account(Permissions(of: values)))
        return client
    }

    /// Sends a request, without the empty line at its end.
    mutating func send(_ request: String) -> [String] {
        machine.received(Array((request + "\n\n").utf8))
        return actions()
    }

    /// Answers the last question, or an earlier one.
    mutating func answer(_ answer: ConnectionMachine.Answer, to number: Int? = nil) -> [String] {
        machine.answered(answer, to: number ?? asked)
        return actions()
    }

    mutating func change(_ change: (inout ConnectionMachine) -> Void) -> [String] {
        change(&machine)
        return actions()
    }

    /// Whether nothing more should be read.
    var isCrowded: Bool { machine.isCrowded }

    /// Everything that the machine wants done now.
    mutating func actions() -> [String] {
        var texts: [String] = []
        while let action = machine.next() {
            if case .ask(_, let number) = action { asked = number }
            texts.append(Self.text(action))
        }
        return texts
    }

    private static func text(_ action: ConnectionMachine.Action) -> String {
        switch action {
        case .send(let bytes): String(decoding: bytes, as: UTF8.self)
        case .close: "(close)"
        case .ask(let question, _): "(ask \(text(question)))"
        case .setInterest(let interest): "(interest \(text(interest)))"
        case .setLogLevel(let level): "(log \(level?.name ?? "off"))"
        case .start(let job): "(job \(job.uuid) \(job.command)|\(job.arguments)|\(job.owner ?? ""))"
        case .resumeDialplan: "(resume)"
        case .linger(let seconds): "(linger \(seconds))"
        case .attach(let channel): "(attach \(channel))"
        }
    }

    private static func text(_ question: ConnectionMachine.Question) -> String {
        switch question {
        case .authenticate(let user, let domain, let password): "user \(user)|\(domain)|\(password)"
        case .command(let line): "command \(line)"
        case .channelData(let channel): "data \(channel)"
        case .variable(let name, let channel): "variable \(name) of \(channel)"
        case .channelExists(let channel): "exists \(channel)"
        case .message(let message, let channel, let waits):
            "message \(text(message)) to \(channel)\(waits ? " and wait" : "")"
        case .fire(let name, let subclass, let headers, let body):
            "fire \(name.text)|\(subclass ?? "")|\(headers.map { "\($0.name)=\($0.value)" }.joined(separator: ","))"
                + "|\(body ?? "")"
        }
    }

    private static func text(_ message: SessionMessage) -> String {
        var text =
            switch message.command {
            case .execute(let application, let data): "execute \(application)(\(data))"
            case .hangUp(let cause): "hangup \(cause.name)"
            case .bypassMedia(let id): "bypass \(id)"
            case .unicast(let unicast): "unicast \(unicast.local) \(unicast.remote)\(unicast.isNative ? " native" : "")"
            case .divert(let route):
                "divert " + route.actions.map { "\($0.application)(\($0.data))" }.joined(separator: ",")
            }
        if let identity = message.identity { text += " as \(identity.uuid)\(identity.name.map { "/\($0)" } ?? "")" }
        if message.loops != 1 { text += " loops \(message.loops)" }
        if message.isLocked { text += " locked" }
        if message.hasPriority { text += " first" }
        if message.holdsPartner { text += " with music" }
        if message.leadFrames > 0 { text += " after \(message.leadFrames)" }
        return text
    }

    private static func text(_ interest: Interest) -> String {
        var parts = [interest.format.rawValue]
        if interest.isEverything {
            parts.append("ALL")
        } else {
            parts += EventName.allCases.filter { interest.names.contains($0) }.map(\.text)
        }
        parts += interest.subclasses.sorted()
        parts += interest.filters.map { "[\($0.header)]=[\($0.value)]" }
        if let channel = interest.channel { parts.append("of \(channel)") }
        if let channel = interest.divertedChannel { parts.append("diverted \(channel)") }
        return parts.joined(separator: " ")
    }
}

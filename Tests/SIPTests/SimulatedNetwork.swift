import Base
import SIP

/// A network of user agents on simulated time that loses, repeats and reorders datagrams.
final class SimulatedNetwork {
    struct Quality {
        var loss = 0.0
        var duplication = 0.0
        var delay: ClosedRange<Int64> = 5...5
    }

    private struct Datagram {
        var bytes: [UInt8]
        var flow: SIPFlow
    }

    var now = MonotonicInstant.zero
    var quality = Quality()
    private(set) var phones: [Phone] = []
    private var random: SeededGenerator
    private var inFlight = TimerQueue<Int>()
    private var datagrams: [Int: Datagram] = [:]
    private var scripts: [Int: () -> Void] = [:]
    private var nextNumber = 0

    init(seed: UInt64, quality: Quality = Quality()) {
        random = SeededGenerator(seed: seed)
        self.quality = quality
    }

    func addPhone(_ configuration: UserAgentConfiguration = .init()) -> Phone {
        let number = phones.count + 1
        let endpoint = IPEndpoint(IPAddress(v4: 0x0A00_0000 + UInt32(number)), port: 5060)
        var seed = random
        let octets = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &seed) }
        let phone = Phone(self, endpoint, UserAgent(configuration: configuration, seed: octets + [UInt8(number)]))
        phones.append(phone)
        return phone
    }

    /// Runs something at a time of its own.
    func at(_ instant: MonotonicInstant, _ script: @escaping () -> Void) {
        nextNumber += 1
        scripts[nextNumber] = script
        inFlight.set(nextNumber, at: instant)
    }

    func carry(_ bytes: [UInt8], over flow: SIPFlow) {
        let copies = chance(quality.duplication) ? 2 : 1
        for _ in 0..<copies where !chance(quality.loss) {
            nextNumber += 1
            datagrams[nextNumber] = Datagram(bytes: bytes, flow: flow)
            inFlight.set(nextNumber, at: now + .milliseconds(Int64.random(in: quality.delay, using: &random)))
        }
    }

    /// Lets everything happen until nothing is left to happen or the time has come.
    func run(until end: MonotonicInstant = .distantFuture) {
        while true {
            let deadlines = phones.compactMap { $0.agent.nextDeadline } + [inFlight.nextDeadline].compactMap(\.self)
            guard let next = deadlines.min(), next <= end else { break }
            now = max(now, next)
            while let number = inFlight.popExpired(now: now) { deliver(number) }
            for phone in phones {
                phone.agent.timersFired(at: now)
                phone.drain()
            }
        }
        if end != .distantFuture { now = end }
    }

    private func deliver(_ number: Int) {
        if let script = scripts.removeValue(forKey: number) { script() }
        guard let datagram = datagrams.removeValue(forKey: number),
            let phone = phones.first(where: { $0.endpoint == datagram.flow.remote }),
            let message = try? SIPMessage(parsing: datagram.bytes)
        else { return }
        var flow = datagram.flow
        (flow.local, flow.remote) = (flow.remote, flow.local)
        phone.agent.received(message, over: flow, at: now)
        phone.drain()
    }

    private func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }
}

/// A user agent on the simulated network with a log of what it did, and a reaction to what it is told.
final class Phone {
    let endpoint: IPEndpoint
    var agent: UserAgent
    /// One line for each action; `> ` is sent, everything else is what the driver is told.
    var log: [String] = []
    /// What the driver does about an action.
    var react: (Phone, UserAgentAction) -> Void = { _, _ in }
    private unowned let network: SimulatedNetwork

    init(_ network: SimulatedNetwork, _ endpoint: IPEndpoint, _ agent: consuming UserAgent) {
        (self.network, self.endpoint) = (network, endpoint)
        self.agent = agent
    }

    var now: MonotonicInstant { network.now }

    /// Whether nothing is left of any call.
    var isIdle: Bool { agent.callCount == 0 && agent.transactionCount == 0 && agent.timerCount == 0 }

    func flow(to other: IPEndpoint, _ transport: SIPTransportKind = .udp) -> SIPFlow {
        SIPFlow(transport: transport, local: endpoint, remote: other, connection: transport == .udp ? 0 : 1)
    }

    func uri(_ user: String) -> SIPURI { SIPURI(user: user, host: .address(endpoint.address)) }

    func call(_ other: Phone, account: DigestAccount? = nil, transport: SIPTransportKind = .udp) -> CallHandle {
        var invite = OutgoingInvite(
            to: other.uri("bob"),
            from: NameAddress(uri("alice")),
            to: NameAddress(other.uri("bob")),
            flow: flow(to: other.endpoint, transport)
        )
        invite.body = .sdp("v=0\r\n")
        invite.account = account
        let handle = agent.invite(invite, at: now)
        drain()
        return handle
    }

    func drain() {
        while let action = agent.nextAction() {
            log.append(Self.line(action))
            if case .transmit(let bytes, let path) = action { network.carry(bytes, over: path.flow) }
            react(self, action)
        }
    }

    static func line(_ action: UserAgentAction) -> String {
        switch action {
        case .transmit(let bytes, _): "> " + ((try? SIPMessage(parsing: bytes)).map(line) ?? "malformed")
        case .request(_, let message, _): "request \(message.method.name)"
        case .incomingCall: "incoming"
        case .callCancelled: "cancelled"
        case .callAcknowledged: "acknowledged"
        case .callProgress(_, let message): "progress \(message.status ?? 0)"
        case .callChallenged(_, let message): "challenged \(message.status ?? 0)"
        case .callAnswered: "answered"
        case .callRejected(_, let message): "rejected \(message.status ?? 0)"
        case .callFailed(_, let failure): "failed \(failure)"
        case .callEnded(_, let message): message == nil ? "ended" : "ended by peer"
        case .reinviteReceived: "reinvite"
        case .reinviteCancelled: "reinvite cancelled"
        case .reinviteAcknowledged: "reinvite acknowledged"
        case .reinviteAnswered: "reinvite answered"
        case .reinviteRejected(_, let message): "reinvite rejected \(message.status ?? 0)"
        case .reinviteGaveWay: "reinvite gave way"
        case .reinviteFailed(_, let failure): "reinvite failed \(failure)"
        case .inDialogRequest(_, _, let message): "in dialog \(message.method.name)"
        case .response(_, let message): "response \(message.status ?? 0)"
        case .transactionFailed(_, let failure): "transaction failed \(failure)"
        }
    }

    static func line(_ message: SIPMessage) -> String {
        (message.status.map { "\($0) " } ?? "") + "\(message.method.name) \(message.cseq)"
    }
}

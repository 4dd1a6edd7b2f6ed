import Base
import SIP
import SIPTransport
import TandemTesting

/// A phone of the simulated network: registers, calls, hangs up, and notes what it hears.
// @unchecked: confined to the simulated loop.
final class SimulatedPhone: SIPReceiver, @unchecked Sendable {
    static let endpoint = IPEndpoint(IPAddress(v4: 0x0A00_0002), port: 5060)

    private(set) var heard: [String] = []
    private let network: SimulatedNetwork
    private var agent: UserAgent
    private var listener: (any SIPListener)?
    private let account: DigestAccount
    private let flow: SIPFlow

    init(_ network: SimulatedNetwork, password: String = "kV3qz8Rw", seed: UInt8) {
        self.network = network
        agent = UserAgent(configuration: UserAgentConfiguration(), seed: [UInt8](repeating: seed, count: 32))
        account = DigestAccount(username: "1000", secret: .password(password))
        let server = IPEndpoint(SimulatedSwitch.address, port: 5060)
        flow = SIPFlow(transport: .udp, local: Self.endpoint, remote: server)
        listener = network.attach(self, at: Self.endpoint)
    }

    /// How many transactions and calls the phone still has.
    var leftovers: Int { agent.transactionCount + agent.callCount }

    func register(expires: Int) {
        let address = NameAddress(SIPURI(user: "1000", host: SIPHost("10.0.0.1")))
        var request = OutgoingRequest(
            .register,
            uri: SIPURI(host: SIPHost("10.0.0.1")),
            from: address,
            to: address,
            flow: flow
        )
        request.headers = [SIPHeaderLine(.contact, "<sip:1000@10.0.0.2>;expires=\(expires)")]
        request.account = account
        _ = agent.send(request, at: network.loop.now)
        drain()
    }

    func call(_ number: String) -> CallHandle {
        let target = SIPURI(user: number, host: SIPHost("10.0.0.1"))
        let from = NameAddress(SIPURI(user: "1000", host: SIPHost("10.0.0.1")))
        var invite = OutgoingInvite(to: target, from: from, to: NameAddress(target), flow: flow)
        invite.account = account
        invite.body = .sdp(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
        )
        let call = agent.invite(invite, at: network.loop.now)
        drain()
        return call
    }

    func hangUp(_ call: CallHandle) {
        agent.hangUp(call, at: network.loop.now)
        drain()
    }

    func received(_ bytes: [UInt8], over flow: SIPFlow) {
        guard let message = try? SIPMessage(parsing: bytes) else { return }
        agent.received(message, over: flow, at: network.loop.now)
        drain()
    }

    func closed(_ flow: SIPFlow) {}

    private func drain() {
        while let action = agent.nextAction() { perform(action) }
        guard let next = agent.nextDeadline else { return }
        _ = network.loop.schedule(at: next) { [weak self] in
            guard let self else { return }
            agent.timersFired(at: network.loop.now)
            drain()
        }
    }

    private func perform(_ action: UserAgentAction) {
        switch action {
        case .transmit(let bytes, let flow): listener?.send(bytes, over: flow)
        case .response(_, let message): heard.append("\(message.method.name) \(message.status ?? 0)")
        case .transactionFailed: heard.append("failed")
        case .callAnswered(let call, _):
            heard.append("answered")
            agent.acknowledge(call, at: network.loop.now)
        case .callRejected(_, let message): heard.append("rejected \(message.status ?? 0)")
        case .callFailed: heard.append("failed")
        case .callEnded: heard.append("ended")
        default: break
        }
    }
}

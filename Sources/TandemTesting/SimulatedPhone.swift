public import Base
public import SIP
public import SIPTransport

// @unchecked: confined to the simulated loop.
/// A phone of the simulated network: registers, calls, hangs up, and notes what it hears.
public final class SimulatedPhone: SIPReceiver, @unchecked Sendable {
    /// What the phone does when it is called.
    public enum Manner {
        /// It rings and is answered at once.
        case answers
        /// It rings until the caller gives up.
        case rings
        /// It does not even say that it rings.
        case isSilent
        /// It answers with a status of SIP.
        case refuses(Int)
        /// It wants a password of the caller.
        case challenges
        /// It answers with a codec that nobody offered.
        case misunderstands
    }

    /// What it does when it is called.
    public var manner = Manner.answers
    /// What it heard, in order: `REGISTER 200`, `answered`.
    public private(set) var heard: [String] = []
    private let network: SimulatedNetwork
    private var agent: UserAgent
    private var listener: (any SIPListener)?
    private let account: DigestAccount
    private let transport: SIPTransportKind
    private let endpoint: IPEndpoint
    /// Where it registers and calls.
    public var server: IPEndpoint
    private let domain: SIPHost

    /// A phone on a network.
    ///
    /// - Parameters:
    ///   - server: Where it registers and calls.
    ///   - domain: The domain that its user is in.
    ///   - seed: Where its random numbers come from.
    public init(
        on network: SimulatedNetwork,
        server: IPEndpoint,
        domain: String,
        user: String,
        password: String,
        over transport: SIPTransportKind = .udp,
        seed: UInt8
    ) {
        self.network = network
        self.server = server
        self.domain = SIPHost(domain)
        agent = UserAgent(
            configuration: UserAgentConfiguration(),
            seed: [UInt8](repeating: seed, count: 32) + Array(user.utf8)
        )
        account = DigestAccount(username: user, secret: .password(password))
        self.transport = transport
        // Beside the switch, at the number of the user.
        let number = UInt64(user.dropFirst(2)) ?? 0
        let address =
            server.address.family == .v4
            ? IPAddress(v4: 0x0A00_0010 + UInt32(number))
            : IPAddress(v6: server.address.high, 0x10 + number)
        endpoint = IPEndpoint(address, port: 5060)
        listener = network.attach(self, at: endpoint)
    }

    /// Where the phone is.
    public var address: IPAddress { endpoint.address }

    private var flow: SIPFlow {
        listener?.flow(to: server, over: transport)
            ?? SIPFlow(transport: transport, local: endpoint, remote: server)
    }

    private var own: NameAddress { NameAddress(SIPURI(user: account.username, host: domain)) }

    private func description(format: Int = 0) -> SIPBody {
        let (family, address) = endpoint.address.family == .v4 ? ("IP4", "127.0.0.1") : ("IP6", "::1")
        return .sdp(
            "v=0\r\no=- 1 1 IN \(family) \(address)\r\ns=-\r\nc=IN \(family) \(address)\r\nt=0 0\r\n"
                + "m=audio 40000 RTP/AVP \(format)\r\n"
        )
    }

    /// How many transactions and calls the phone still has.
    public var leftovers: Int { agent.transactionCount + agent.callCount }

    /// Registers; with a contact at another address as if from behind a NAT.
    ///
    /// - Parameter parameters: What its contact says beside that.
    public func register(
        expires: Int,
        contact address: IPAddress? = nil,
        parameters: KeyValuePairs<String, String> = [:]
    ) {
        var request = OutgoingRequest(.register, uri: SIPURI(host: domain), from: own, to: own, flow: flow)
        var contact = SIPURI(user: account.username, host: .address(address ?? endpoint.address))
        contact.setTransport(transport)
        for (name, value) in parameters { contact[name] = value }
        request.headers = [SIPHeaderLine(.contact, "<\(contact)>;expires=\(expires)")]
        request.account = account
        _ = agent.send(request, at: network.loop.now)
        drain()
    }

    /// Calls a number of its domain.
    public func call(_ number: String, maxForwards: UInt8 = 70) -> CallHandle {
        let target = SIPURI(user: number, host: domain)
        var invite = OutgoingInvite(to: target, from: own, to: NameAddress(target), flow: flow)
        invite.maxForwards = maxForwards
        invite.account = account
        invite.body = description()
        let call = agent.invite(invite, at: network.loop.now)
        drain()
        return call
    }

    /// Ends a call.
    public func hangUp(_ call: CallHandle) {
        agent.hangUp(call, at: network.loop.now)
        drain()
    }

    /// Takes a message.
    public func received(_ bytes: [UInt8], over flow: SIPFlow) {
        guard let message = try? SIPMessage(parsing: bytes) else { return }
        agent.received(message, over: flow, at: network.loop.now)
        drain()
    }

    /// Hears that a connection has ended.
    public func closed(_ flow: SIPFlow) {
        agent.transportFailed(flow, at: network.loop.now)
        drain()
    }

    private func drain() {
        while let action = agent.nextAction() { perform(action) }
        guard let next = agent.nextDeadline else { return }
        _ = network.loop.schedule(at: next) { [weak self] in
            guard let self else { return }
            agent.timersFired(at: network.loop.now)
            drain()
        }
    }

    private func take(_ call: CallHandle) {
        let now = network.loop.now
        if case .isSilent = manner { return }
        if case .refuses(let status) = manner { return agent.reject(call, status: status, at: now) }
        if case .challenges = manner {
            let challenge = DigestChallenge(realm: domain.text, nonce: "nonce", algorithm: .md5).headerValue
            let headers = [SIPHeaderLine(.proxyAuthenticate, challenge)]
            return agent.reject(call, status: 407, headers: headers, at: now)
        }
        agent.progress(call, status: 180, at: now)
        switch manner {
        case .answers: agent.answer(call, body: description(), at: now)
        case .misunderstands: agent.answer(call, body: description(format: 18), at: now)
        case .rings, .isSilent, .refuses, .challenges: break
        }
    }

    private func perform(_ action: UserAgentAction) {
        switch action {
        case .transmit(let bytes, let path): listener?.send(bytes, over: path.flow)
        case .response(_, let message): heard.append("\(message.method.name) \(message.status ?? 0)")
        case .request(let transaction, let message, _) where message.method == .options:
            agent.respond(transaction, status: 200, at: network.loop.now)
        case .transactionFailed: heard.append("failed")
        case .incomingCall(let call, _, _):
            heard.append("called")
            take(call)
        case .callCancelled: heard.append("cancelled")
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

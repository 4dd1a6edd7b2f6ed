import Base
import DatabaseBalancer
import Glibc
import Logging
import SDP
import SIP
import SIPTransport
import SwitchCore
import XMLConfig

/// One SIP profile: a user agent with its sockets, its registrations and its calls.
///
/// Everything in it happens on its loop: messages from the transport, timers, what sessions ask of their legs.
// @unchecked: confined to `loop`; what other loops need is asked for through `onLoop`.
final class Profile: SIPReceiver, @unchecked Sendable {
    let configuration: ProfileConfiguration
    let softswitch: Switch
    let loop: any Loop
    let transport: any SIPTransport
    let hosts: HostLookUps
    let logger: Logger
    private(set) var listener: (any SIPListener)?
    private(set) var startedAt = MonotonicInstant.zero
    /// Whether messages are written to the log.
    var tracing = MessageTracing()
    var userAgent: UserAgent
    var verifier: DigestVerifier
    var registrar: Registrar
    var registrationTurns = RegistrationTurns()
    var usedPasses = UsedPasses()
    /// Requests of other nodes whose passes there was no place for.
    let unrememberedPasses = RefusalTally()
    /// Connections with TLS that came to nothing.
    let refusedTLS = RefusalTally()
    /// What keeps the registrations beside that.
    var store: RegistrationStore?
    /// What other nodes know, and nobody else, when they hand a call over.
    let nodeSecret: String
    /// Where that finds balancers.
    let balancers: Balancers
    /// The gateways by their names.
    var gateways: [String: Gateway] = [:]
    /// Registrations that are being removed.
    var departures = 0
    /// Who waits until there are no more of them.
    var afterDepartures: (() -> Void)?
    /// Names the registrations of gateways, and decides how their waits differ.
    var gatewayNumbers: SeededGenerator
    /// The legs by their call in the user agent.
    var legs: [CallHandle: SIPLeg] = [:]
    /// Calls whose caller is being authenticated.
    var callsBeforeAdmission: Set<CallHandle> = []
    /// Those who wait for the answer to a request of ours.
    var pendingRequests: [TransactionHandle: (SIPMessage?) -> Void] = [:]
    /// How many phones were asked whether they are there, and have not answered.
    var probesUnderWay = 0
    /// Phones of other nodes that are asked in this turn.
    var probedElsewhere: [SharedContact] = []
    /// How many texts of ours wait for an answer.
    var messagesUnderWay = 0
    /// How many texts of phones the chatplan has in hand, or are looked for whom they are for.
    var textsInHand = 0
    var statistics = ProfileStatistics()
    private var timer: (any LoopTimer)?
    private var timerDeadline = MonotonicInstant.distantFuture
    private var isDraining = false
    private var nextSDPSession: UInt64

    var name: String { configuration.name }

    init(
        _ configuration: ProfileConfiguration,
        softswitch: Switch,
        loop: any Loop,
        transport: any SIPTransport,
        peerLookUps: Turnstile,
        balancers: Balancers,
        secrets: ProfileSecrets
    ) {
        (self.configuration, self.softswitch) = (configuration, softswitch)
        (self.loop, self.transport) = (loop, transport)
        hosts = HostLookUps(loop: loop, transport: transport, peers: peerLookUps)
        var logger = softswitch.logger
        logger[metadataKey: "profile"] = .string(configuration.name)
        self.logger = logger
        userAgent = UserAgent(configuration: Self.userAgentConfiguration(configuration), seed: secrets.tokens)
        var digest = DigestVerifierConfiguration()
        digest.algorithms = configuration.algorithms
        digest.nonceLifetime = configuration.nonceTTL
        verifier = DigestVerifier(configuration: digest, secretKey: secrets.nonces)
        registrar = Registrar(limitPerUser: configuration.registration.maximumRegistrationsPerUser)
        (nodeSecret, self.balancers) = (secrets.node, balancers)
        gatewayNumbers = SeededGenerator(seed: secrets.gateways)
        nextSDPSession = UInt64(softswitch.wallClock()) & 0xFFFF_FFFF_FFFF
        tracing.isOn = configuration.tracesMessages
    }

    private static func userAgentConfiguration(_ profile: ProfileConfiguration) -> UserAgentConfiguration {
        var configuration = UserAgentConfiguration()
        configuration.timers = profile.timers
        configuration.product = profile.userAgent
        configuration.allow = [.invite, .ack, .bye, .cancel, .options, .info, .update, .register, .refer, .notify]
        if profile.messages.isEnabled { configuration.allow.append(.message) }
        configuration.supported = ["replaces"]
        configuration.forcesRport = profile.forcesRport
        if let address = profile.advertisedAddress {
            for kind in profile.transports {
                configuration.advertised[kind] = IPEndpoint(address, port: profile.port(over: kind))
            }
        }
        return configuration
    }

    // MARK: - Life

    func start() async throws {
        // Whoever is heard finds everything as it was.
        await startStorage()
        do {
            let listener = try await transport.listen(
                on: configuration.listen,
                kinds: configuration.transports,
                secured: try secured(),
                loop: loop,
                receiver: self
            )
            await onLoop { profile in
                profile.listener = listener
                profile.startedAt = profile.loop.now
            }
            logger.info("listening", metadata: ["sip": "\(listener.endpoint)"])
        } catch {
            await onLoop({ $0.store })?.stop()
            throw error
        }
    }

    /// Where connections with TLS are taken, with the certificates as they are now.
    ///
    /// What does not need them goes on where they cannot be used.
    private func secured() throws -> SecuredEndpoint? {
        guard let tls = configuration.tls else { return nil }
        do {
            return try secured(tls)
        } catch {
            guard !tls.isOnly else { throw error }
            logger.error("the profile has no TLS: \(error)")
            return nil
        }
    }

    private func secured(_ tls: TLSSettings) throws(StreamSecurity.Fault) -> SecuredEndpoint {
        let directory = softswitch.xml.globals["certs_dir"] ?? softswitch.directories.base + "/certs"
        return try tls.secured(usual: directory) { access($0, R_OK) == 0 }
    }

    /// Reads the certificates anew (`reloadcert`); those that cannot be used leave the old ones in force.
    func reloadCertificates() async {
        guard let tls = configuration.tls else { return }
        // There is no place yet that would show them: the log has said at the start why.
        guard await onLoop({ $0.listener?.securedPort != nil }) else {
            logger.notice("no certificates are read: the profile was started without TLS, a restart tries again")
            return
        }
        do {
            let security = try secured(tls).security
            await onLoop { $0.listener?.secure(security) }
            logger.notice("certificates read anew")
        } catch {
            logger.error("the certificates stay as they were: \(error)")
        }
    }

    /// Ends all calls, with this cause, and closes the sockets.
    func stop(_ cause: HangupCause) async {
        let listener = await onLoop { profile in
            for leg in profile.legs.values { leg.session.requestHangUp(cause) }
            return profile.listener
        }
        await leaveGateways()
        await onLoop { $0.timer?.cancel() }
        await listener?.close()
        await onLoop({ $0.store })?.stop()
        // No answer can come any more: nobody waits for one.
        await onLoop { profile in
            profile.timer?.cancel()
            let pending = profile.pendingRequests.values
            profile.pendingRequests = [:]
            for done in pending { done(nil) }
        }
    }

    /// Runs something on the profile's loop.
    func onLoop<Value: Sendable>(_ work: @escaping @Sendable (Profile) -> Value) async -> Value {
        if loop.isCurrent { return work(self) }
        return await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: work(self)) }
        }
    }

    /// A number for the `o=` line that no other call has.
    func makeSDPSessionID() -> UInt64 {
        nextSDPSession &+= 1
        return nextSDPSession
    }

    /// What Contact and SDP say our signalling address is.
    var advertisedEndpoint: IPEndpoint {
        let port = listener?.endpoint.port ?? configuration.listen.port
        return IPEndpoint(configuration.advertisedAddress ?? configuration.listen.address, port: port)
    }

    /// The same for what is reached by a transport.
    func advertisedEndpoint(over kind: SIPTransportKind) -> IPEndpoint {
        var endpoint = advertisedEndpoint
        if kind == .tls { endpoint.port = listener?.securedPort ?? configuration.port(over: kind) }
        return endpoint
    }

    // MARK: - Input

    func received(_ bytes: [UInt8], over flow: SIPFlow) {
        if tracing.isOn { trace(bytes, "recv", over: flow) }
        do {
            let message = try SIPMessage(parsing: bytes)
            userAgent.received(message, over: flow, at: loop.now)
        } catch {
            // Line ends alone keep a NAT's binding open.
            if error.kind == .empty { return }
            statistics.malformed &+= 1
            logger.debug("malformed message", metadata: ["from": "\(flow.remote)", "error": "\(error)"])
            if let response = SIPMessage.rejection(of: bytes, because: error, source: flow.remote) {
                send(response, over: flow)
            }
            return
        }
        drain()
    }

    private func send(_ bytes: [UInt8], over flow: SIPFlow) {
        if tracing.isOn { trace(bytes, "send", over: flow) }
        listener?.send(bytes, over: flow)
    }

    func refused(_ flow: SIPFlow, because reason: String) {
        guard let count = refusedTLS.note(at: loop.now) else { return }
        logger.warning(
            "a connection with TLS has failed",
            metadata: ["peer": "\(flow.remote)", "reason": "\(reason)", "count": "\(count)"]
        )
    }

    func closed(_ flow: SIPFlow) {
        userAgent.transportFailed(flow, at: loop.now)
        drain()
    }

    /// Does what the user agent asks for, then sets the timer for what it wants next.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        while let action = userAgent.nextAction() { perform(action) }
        isDraining = false
        setTimer()
    }

    /// What the user agent's timers are rounded up to, a tenth of T1: each transaction ends with one, so that a loop with
    /// little to do would be woken as often by them as by messages.
    private static let timerStep = Duration.milliseconds(50)

    private func setTimer() {
        guard let next = userAgent.nextDeadline?.roundedUp(to: Self.timerStep) else { return }
        guard next < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = next
        timer = loop.schedule(at: next) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        timerDeadline = .distantFuture
        userAgent.timersFired(at: loop.now)
        drain()
    }

    private func perform(_ action: UserAgentAction) {
        switch action {
        case .transmit(let bytes, let path):
            send(bytes, over: openFlow(path))
        case .request(let transaction, let message, let flow):
            received(request: message, transaction, over: flow)
        case .incomingCall(let call, let message, let flow):
            receivedCall(call, message, over: flow)
        case .response(let transaction, let message):
            guard let status = message.status, status >= 200 else { return }
            pendingRequests.removeValue(forKey: transaction)?(message)
        case .transactionFailed(let transaction, _):
            pendingRequests.removeValue(forKey: transaction)?(nil)
        case .inDialogRequest(let call, let transaction, let message):
            guard let leg = legs[call] else {
                respond(transaction, 481)
                return
            }
            leg.received(message, transaction)
        default:
            performOnLeg(action)
        }
    }

    private func performOnLeg(_ action: UserAgentAction) {
        switch action {
        case .callCancelled(let call, let message): remove(call)?.cancelled(message)
        case .callAcknowledged(let call, let message): legs[call]?.acknowledged(message)
        case .callProgress(let call, let message): legs[call]?.progressed(message)
        case .callChallenged(let call, let message): challenged(call, message)
        case .callAnswered(let call, let message): legs[call]?.answered(message)
        case .callRejected(let call, let message): remove(call)?.rejected(message)
        case .callFailed(let call, let failure): remove(call)?.failed(failure)
        case .callEnded(let call, let message): remove(call)?.ended(message)
        case .reinviteReceived(let call, let message): legs[call]?.reinvited(message)
        case .reinviteAcknowledged(let call, let message): legs[call]?.acknowledged(message)
        case .reinviteAnswered(let call, let message): legs[call]?.reinviteAnswered(message)
        case .reinviteRejected(let call, _), .reinviteFailed(let call, _): legs[call]?.reinviteFailed()
        case .reinviteGaveWay(let call): legs[call]?.reinviteGaveWay()
        case .reinviteCancelled(let call): legs[call]?.offerWithdrawn()
        case .transmit, .request, .incomingCall, .inDialogRequest, .response, .transactionFailed: break
        }
    }

    private func remove(_ call: CallHandle) -> SIPLeg? {
        callsBeforeAdmission.remove(call)
        return legs.removeValue(forKey: call)
    }

    /// Answers a request and sends the answer.
    func respond(
        _ transaction: TransactionHandle,
        _ status: Int,
        reason: String? = nil,
        headers: [SIPHeaderLine] = [],
        body: SIPBody? = nil
    ) {
        userAgent.respond(
            transaction,
            status: status,
            reason: reason,
            headers: headers,
            body: body,
            at: loop.now
        )
        drain()
    }
}

/// What a profile's tags, branches and nonces are made from: nobody else may know it.
struct ProfileSecrets: Sendable {
    let tokens: [UInt8]
    let nonces: [UInt8]
    let gateways: UInt64
    let node: String

    /// 32 octets each from a generator: the system's in production, a seeded one in a simulation.
    init(using generator: inout some RandomNumberGenerator) {
        tokens = (0..<32).map { _ in .random(in: .min ... .max, using: &generator) }
        nonces = (0..<32).map { _ in .random(in: .min ... .max, using: &generator) }
        gateways = .random(in: .min ... .max, using: &generator)
        node = RandomToken.hex(bytes: 32, using: &generator)
    }
}

/// What a profile has done since its start.
struct ProfileStatistics: Sendable {
    var callsIn: UInt64 = 0
    var failedCallsIn: UInt64 = 0
    var callsOut: UInt64 = 0
    var failedCallsOut: UInt64 = 0
    var malformed: UInt64 = 0
    var authenticationFailures: UInt64 = 0
}

import Base
import SIP

/// What is known of a gateway while its profile runs.
// @unchecked: confined to the profile's loop.
final class Gateway: @unchecked Sendable {
    let configuration: GatewayConfiguration
    var registration: ClientRegistration
    var ping: GatewayPing?
    let subscriptions: [GatewaySubscription]
    /// Whether calls are sent there.
    private(set) var isUp: Bool
    private var upSince: MonotonicInstant
    var calls = Calls()
    /// Where the last answer to a REGISTER came from.
    var peer: IPEndpoint?
    /// All REGISTERs share a Call-ID, and count on in CSeq (RFC 3261 §10.2).
    let callID: String
    var cseq: UInt32 = 1
    /// The number of the last REGISTER: answers to others come too late.
    var attempt: UInt64 = 0
    /// Wakes the profile when something is to be done.
    var timer: (any LoopTimer)?

    var name: String { configuration.name }

    /// Calls since the gateway is there.
    struct Calls: Sendable {
        var inbound: UInt64 = 0
        var failedInbound: UInt64 = 0
        var outbound: UInt64 = 0
        var failedOutbound: UInt64 = 0
    }

    /// A gateway of a profile that nothing has been heard of yet.
    ///
    /// - Parameter numbers: Name its registrations, and decide how its waits differ.
    init(
        _ configuration: GatewayConfiguration,
        using numbers: inout some RandomNumberGenerator,
        at now: MonotonicInstant
    ) {
        self.configuration = configuration
        callID = RandomToken.uuid(using: &numbers)
        registration = ClientRegistration(
            configuration.policy,
            isWanted: configuration.registers,
            seed: Array(RandomToken.hex(bytes: 16, using: &numbers).utf8)
        )
        subscriptions = configuration.subscriptions.map { settings in
            GatewaySubscription(settings, seed: Array(RandomToken.hex(bytes: 16, using: &numbers).utf8))
        }
        ping = configuration.pinging.map { GatewayPing($0, at: now) }
        isUp = !configuration.registers
        upSince = now
    }

    /// Takes note of whether the gateway can be used.
    func note(isUp: Bool, at now: MonotonicInstant) {
        if isUp, !self.isUp { upSince = now }
        self.isUp = isUp
    }

    /// How long it has been up.
    func uptime(at now: MonotonicInstant) -> Duration { isUp ? now - upSince : .zero }

    /// Questions are asked where nothing else tells whether the gateway is there.
    var isPinged: Bool { registration.state == .registered || registration.state == .unwanted }

    /// When something is to be done next.
    var deadline: MonotonicInstant? {
        let question = isPinged ? ping.flatMap { $0.isPending ? nil : $0.next } : nil
        return ([registration.deadline, question] + subscriptions.map(\.subscription.deadline)).compactMap { $0 }.min()
    }

    /// The account that answers challenges.
    var account: DigestAccount? {
        configuration.password.isEmpty
            ? nil : DigestAccount(username: configuration.authenticationName, secret: .password(configuration.password))
    }
}

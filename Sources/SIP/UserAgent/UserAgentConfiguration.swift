public import Base

/// The basic timer values of the transaction layer (RFC 3261 §17.1.1.1).
public struct SIPTimers: Hashable, Sendable {
    /// The round-trip estimate; the first interval between retransmissions.
    public var t1: Duration = .milliseconds(500)
    /// The longest interval between retransmissions of non-INVITE requests and INVITE responses.
    public var t2: Duration = .seconds(4)
    /// How long a message stays in the network.
    public var t4: Duration = .seconds(5)

    /// The RFC's default values.
    public init() {}

    /// 64·T1, the life of timers B, F, H, J, L and M.
    public var transactionTimeout: Duration { t1 * 64 }
    /// Timer D: how long a rejected INVITE waits for repeated responses over UDP; at least 32 s.
    public var timerD: Duration { max(t1 * 64, .seconds(32)) }
}

/// How a ``UserAgent`` behaves; one per SIP profile.
public struct UserAgentConfiguration: Sendable {
    /// The transaction timers.
    public var timers = SIPTimers()
    /// How many transactions may exist; beyond it requests are refused with a 503 that leaves no state.
    public var transactionLimit = 200_000
    /// How many calls may exist; beyond it INVITEs are refused with 503.
    public var callLimit = 50_000
    /// How many forks of one INVITE of ours are followed.
    public var forkLimit = 16
    /// The text of User-Agent in requests and Server in responses; none is sent when empty.
    public var product = "Tandem"
    /// The methods in Allow.
    public var allow: [SIPMethod] = [
        .invite, .ack, .bye, .cancel, .options, .message, .info, .update, .register, .refer, .prack, .notify,
        .publish, .subscribe,
    ]
    /// The option tags in Supported; a request that requires another one is refused with 420 (RFC 3261 §8.2.2.3).
    public var supported: [String] = ["timer", "path", "replaces"]
    /// What Via and Contact say our endpoint is, by transport, where that is not the flow's local end
    /// (`ext-sip-ip`).
    public var advertised: [SIPTransportKind: IPEndpoint] = [:]
    /// Whether UDP responses go to the port a request came from even when its Via has no `rport`.
    public var forcesRport = false
    /// Whether our Via headers ask for `rport` (RFC 3581).
    public var asksForRport = true

    /// The defaults.
    public init() {}
}

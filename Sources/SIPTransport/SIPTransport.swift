public import Base
public import SIP

/// Makes the sockets of SIP profiles: the operating system's, or those of a simulated network.
public protocol SIPTransport: Sendable {
    /// Begins to listen on an endpoint, with each of `kinds` on the same port.
    ///
    /// - Parameters:
    ///   - endpoint: The address and port; port 0 lets the system choose.
    ///   - secured: What connections with TLS have, and where they are taken; `nil` where there are none.
    ///   - loop: The loop that the listener and its receiver live on.
    ///   - receiver: Takes what arrives, on the loop.
    func listen(
        on endpoint: IPEndpoint,
        kinds: Set<SIPTransportKind>,
        secured: SecuredEndpoint?,
        loop: any Loop,
        receiver: any SIPReceiver
    ) async throws -> any SIPListener

    /// The addresses of a host name; an address stands for itself.
    func resolve(_ host: String) async -> [IPAddress]
}

/// Where connections with TLS are taken, and what they show and want to see.
public struct SecuredEndpoint: Sendable {
    /// The port, at the listener's address; 0 lets the system choose.
    public var port: UInt16
    /// What they show and want to see.
    public var security: StreamSecurity

    /// A port for connections with TLS.
    public init(port: UInt16, security: StreamSecurity) {
        (self.port, self.security) = (port, security)
    }
}

/// The sockets of one profile.
///
/// Everything but `close` is called on its loop.
public protocol SIPListener: AnyObject, Sendable {
    /// The endpoint that it listens on, with the port that was really taken.
    var endpoint: IPEndpoint { get }

    /// The port that connections with TLS are taken on; `nil` where none are.
    var securedPort: UInt16? { get }

    /// Sends one message; a flow whose connection is gone is reported to the receiver.
    func send(_ bytes: [UInt8], over flow: SIPFlow)

    /// The flow to a peer: for streams the connection that exists already, or a new one.
    ///
    /// - Parameter host: The name that the peer was looked up by, which its certificate has to be for; without one, that of
    ///   the latest connection there, or the address itself.
    func flow(to remote: IPEndpoint, over kind: SIPTransportKind, host: String?) -> SIPFlow?

    /// The flow over which a peer is heard from exactly there; for streams the connection that exists, or `nil`.
    ///
    /// With TLS a peer that has connected is not looked at: this is for who has shown a password over the connection.
    func flow(heardFrom remote: IPEndpoint, over kind: SIPTransportKind) -> SIPFlow?

    /// Whether something can be sent over a flow: for streams, whether its connection still exists.
    func isOpen(_ flow: SIPFlow) -> Bool

    /// What is known of the connections over which something was sent lately.
    func measureConnections() async -> [ConnectionMeasure]

    /// Has connections with TLS that are made from now on show and want to see something else; those that there are go on.
    ///
    /// Nothing where none are taken.
    func secure(_ security: StreamSecurity)

    /// Closes all sockets.
    func close() async
}

extension SIPListener {
    /// Nothing is known.
    public func measureConnections() async -> [ConnectionMeasure] { [] }

    /// There are none.
    public func secure(_ security: StreamSecurity) {}

    /// None are taken.
    public var securedPort: UInt16? { nil }

    /// The flow to a peer that is known by its address.
    public func flow(to remote: IPEndpoint, over kind: SIPTransportKind) -> SIPFlow? {
        flow(to: remote, over: kind, host: nil)
    }
}

/// Takes what arrives at a listener, on its loop.
public protocol SIPReceiver: AnyObject, Sendable {
    /// One whole message, not parsed yet.
    func received(_ bytes: [UInt8], over flow: SIPFlow)

    /// A connection is gone, or could not be made.
    func closed(_ flow: SIPFlow)

    /// The certificate of a peer is not good enough, or something else about TLS; the connection goes then.
    func refused(_ flow: SIPFlow, because reason: String)
}

extension SIPReceiver {
    /// Nobody wants to know why.
    public func refused(_ flow: SIPFlow, because reason: String) {}
}

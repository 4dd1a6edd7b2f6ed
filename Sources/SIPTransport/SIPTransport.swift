public import Base
public import SIP

/// Makes the sockets of SIP profiles: the operating system's, or those of a simulated network.
public protocol SIPTransport: Sendable {
    /// Begins to listen on an endpoint, with each of `kinds` on the same port.
    ///
    /// - Parameters:
    ///   - endpoint: The address and port; port 0 lets the system choose.
    ///   - loop: The loop that the listener and its receiver live on.
    ///   - receiver: Takes what arrives, on the loop.
    func listen(
        on endpoint: IPEndpoint,
        kinds: Set<SIPTransportKind>,
        loop: any Loop,
        receiver: any SIPReceiver
    ) async throws -> any SIPListener

    /// The addresses of a host name; an address stands for itself.
    func resolve(_ host: String) async -> [IPAddress]
}

/// The sockets of one profile.
///
/// Everything but `close` is called on its loop.
public protocol SIPListener: AnyObject, Sendable {
    /// The endpoint that it listens on, with the port that was really taken.
    var endpoint: IPEndpoint { get }

    /// Sends one message; a flow whose connection is gone is reported to the receiver.
    func send(_ bytes: [UInt8], over flow: SIPFlow)

    /// The flow to a peer: for streams the connection that exists already, or a new one.
    func flow(to remote: IPEndpoint, over kind: SIPTransportKind) -> SIPFlow?

    /// Whether something can be sent over a flow: for streams, whether its connection still exists.
    func isOpen(_ flow: SIPFlow) -> Bool

    /// What is known of the connections over which something was sent lately.
    func measureConnections() async -> [ConnectionMeasure]

    /// Closes all sockets.
    func close() async
}

extension SIPListener {
    /// Nothing is known.
    public func measureConnections() async -> [ConnectionMeasure] { [] }
}

/// Takes what arrives at a listener, on its loop.
public protocol SIPReceiver: AnyObject, Sendable {
    /// One whole message, not parsed yet.
    func received(_ bytes: [UInt8], over flow: SIPFlow)

    /// A connection is gone, or could not be made.
    func closed(_ flow: SIPFlow)
}

public import Base

/// What two descriptions say about one stream whose packets are handed on as they are; given to ``MediaStream/relay(_:)``.
public struct RelayParameters: Hashable, Sendable {
    /// Where the packets go; `nil` until the peer's address is learned from its own.
    public var remote: IPEndpoint?
    /// Where those go that came to the port of RTCP.
    public var remoteRTCP: IPEndpoint?
    /// Without a packet for so long, ``MediaEvent/timedOut`` is reported.
    public var timeout: Duration?

    /// Parameters for a peer that is heard there.
    public init(remote: IPEndpoint? = nil, remoteRTCP: IPEndpoint? = nil, timeout: Duration? = nil) {
        (self.remote, self.remoteRTCP, self.timeout) = (remote, remoteRTCP, timeout)
    }
}

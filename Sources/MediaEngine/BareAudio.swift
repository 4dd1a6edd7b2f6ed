public import Base

/// Audio without RTP: datagrams with nothing but samples, or codes, between two sockets (`unicast`).
public struct BareAudio: Hashable, Sendable {
    /// Where datagrams are taken, which nobody else may use; port 0 is any that is free.
    public var local: IPEndpoint
    /// Where they go, and whose are believed.
    public var remote: IPEndpoint
    /// What they hold.
    public var codec: MediaCodec

    /// Audio of a format between two sockets; linear samples are in the byte order of x86, not in that of the network.
    public init(local: IPEndpoint, remote: IPEndpoint, codec: MediaCodec) {
        (self.local, self.remote, self.codec) = (local, remote, codec)
    }
}

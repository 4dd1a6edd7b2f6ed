public import Base
import MediaEngine

/// Audio of the channel to and from somebody's socket, as datagrams without headers (`unicast`).
public struct UnicastRequest: Hashable, Sendable {
    /// Where datagrams are taken.
    public var local: IPEndpoint
    /// Where they go, and whose are believed.
    public var remote: IPEndpoint
    /// Whether they hold the codes of the channel's codec; else linear samples at its rate.
    public var isNative: Bool

    /// A request for two endpoints.
    public init(local: IPEndpoint, remote: IPEndpoint, isNative: Bool) {
        (self.local, self.remote, self.isNative) = (local, remote, isNative)
    }
}

extension Session {
    /// Lets somebody's socket hear the far end, and the far end what is sent there, in the place of an earlier one.
    ///
    /// It ends with the channel, or when the channel is bridged; what the channel plays is heard in its place.
    func beginUnicast(_ request: UnicastRequest) throws {
        guard !isOver, let media, let codec else { throw ApplicationError("unicast: there is no audio") }
        guard partner == nil else { throw ApplicationError("unicast: the channel is bridged") }
        let linear = MediaCodec("L16", clockRate: codec.clockRate, packetMilliseconds: codec.packetMilliseconds)
        let audio = BareAudio(
            local: request.local,
            remote: request.remote,
            codec: request.isNative ? codec : linear
        )
        unicast?.close()
        do {
            let stream = try softswitch.media.openBareStream(audio, near: media)
            unicast = stream
            media.bridge(to: stream)
        } catch {
            throw ApplicationError("unicast: \(error)")
        }
    }
}

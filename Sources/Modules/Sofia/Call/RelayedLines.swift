import Base
import MediaEngine
import SDP

/// What hands on the media that a peer exchanges with somebody else, as they are: a stream for each line of its
/// description (`proxy_media`).
struct RelayedLines {
    /// By the number of the line; `nil` for lines that are rejected, or cannot be handed on.
    private(set) var streams: [MediaStream?] = []
    private var endpoints: [IPEndpoint?] = []

    /// More lines of a description are rejected: each takes two ports.
    static let limit = 8

    /// Somebody else's description for the peer, with our addresses in it.
    ///
    /// - Parameter open: A stream, and where it can be reached; `nil` when there is none to be had.
    mutating func relay(
        _ description: SessionDescription,
        open: () -> (stream: MediaStream, advertised: IPEndpoint)?
    ) -> SessionDescription {
        for (index, line) in description.media.prefix(Self.limit).enumerated() {
            if index == streams.count {
                streams.append(nil)
                endpoints.append(nil)
            }
            guard streams[index] == nil, line.port != 0, line.isRelayable, let opened = open() else { continue }
            (streams[index], endpoints[index]) = (opened.stream, opened.advertised)
        }
        return description.relayed(by: endpoints)
    }

    /// The peer has said where it is heard.
    ///
    /// - Parameters:
    ///   - timeout: How long a line of sound may be silent.
    ///   - onTimeout: Told when one was for longer.
    func update(
        from description: SessionDescription,
        timeout: (MediaDirection) -> Duration?,
        onTimeout: @escaping @Sendable () -> Void
    ) {
        for (stream, line) in zip(streams, description.media) {
            guard let stream, line.port != 0 else { continue }
            let destination = description.destination(of: line)
            // Only sound has to come all the time.
            let isAudio = line.kind.equalsIgnoringASCIICase("audio")
            stream.setEventHandler { if case .timedOut = $0 { onTimeout() } }
            stream.relay(
                RelayParameters(
                    remote: destination?.rtp,
                    remoteRTCP: destination?.rtcp,
                    timeout: isAudio ? timeout(description.direction(of: line)) : nil
                )
            )
        }
    }

    mutating func close() {
        for stream in streams { stream?.close() }
        (streams, endpoints) = ([], [])
    }
}

/// A media line (`m=`) with everything that belongs to it.
public struct MediaDescription: Hashable, Sendable {
    /// The media type: `audio`, `video`, `image` and others.
    public var kind: String
    /// The port; 0 rejects or ends the stream (RFC 3264 §6, §8.2).
    public var port: UInt16
    /// How many consecutive port pairs are meant.
    public var portCount: UInt16
    /// The transport: `RTP/AVP`, `RTP/SAVP`, `udptl` and others.
    public var transport: String
    /// The formats as they are written: payload types for RTP.
    public var formats: [String]
    /// The `c=` lines of this medium.
    public var connections: [SDPConnection]
    /// The lines `i b k` and unknown ones.
    public var otherLines: [SDPLine]
    /// The `a=` lines.
    public var attributes: [SDPAttribute]

    /// A media line of these parts.
    public init(
        kind: String,
        port: UInt16,
        portCount: UInt16 = 1,
        transport: String = "RTP/AVP",
        formats: [String],
        connections: [SDPConnection] = [],
        otherLines: [SDPLine] = [],
        attributes: [SDPAttribute] = []
    ) {
        self.kind = kind
        self.port = port
        self.portCount = portCount
        self.transport = transport
        self.formats = formats
        self.connections = connections
        self.otherLines = otherLines
        self.attributes = attributes
    }
}

/// A session description (RFC 4566): what one side says about its media.
public struct SessionDescription: Hashable, Sendable {
    /// Who made the description and which version of it this is.
    public var origin: SDPOrigin?
    /// The `s=` line; a blank where the other side sent none.
    public var sessionName: String
    /// The address for all media that do not name their own.
    public var connection: SDPConnection?
    /// The lines `i u e p b t r z k` and unknown ones, in the order in which they came.
    public var otherLines: [SDPLine]
    /// The session's `a=` lines.
    public var attributes: [SDPAttribute]
    /// The media lines.
    public var media: [MediaDescription]

    /// A description of these parts.
    public init(
        origin: SDPOrigin? = nil,
        sessionName: String = " ",
        connection: SDPConnection? = nil,
        otherLines: [SDPLine] = [],
        attributes: [SDPAttribute] = [],
        media: [MediaDescription] = []
    ) {
        self.origin = origin
        self.sessionName = sessionName
        self.connection = connection
        self.otherLines = otherLines
        self.attributes = attributes
        self.media = media
    }

    /// The direction of the media that name none of their own.
    public var direction: MediaDirection? { attributes.direction }

    /// The direction of a media line: its own, else the session's, else both ways (RFC 3264 §5.1).
    public func direction(of line: MediaDescription) -> MediaDirection {
        line.attributes.direction ?? direction ?? .sendRecv
    }

    /// The connection address of a media line: its own, else the session's.
    public func connection(of line: MediaDescription) -> SDPConnection? {
        line.connections.first ?? connection
    }
}

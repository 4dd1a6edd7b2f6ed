/// How things are with a peer.
public struct PeerStatus: Sendable {
    /// One folder that is shared with it.
    public struct Folder: Sendable {
        /// Its name.
        public var name: String
        /// Whether both sides have it, now.
        public var isShared: Bool
        /// Bytes of it on the wire, those of TLS included, since the start.
        public var sent: Int
        /// Likewise.
        public var received: Int
        /// Bytes that wait to be sent.
        public var queued: Int
    }

    /// What it is called.
    public var name: NodeName
    /// Whether there is a connection.
    public var isConnected: Bool
    /// Where it is, or is called; empty where neither is known.
    public var address: String
    /// How long a question and its answer take, in milliseconds.
    public var roundTrip: Double?
    /// All bytes on the wire, those of TLS included, since the start.
    public var sent: Int
    /// Likewise.
    public var received: Int
    /// How often there was a connection.
    public var connections: Int
    /// Why there is none, or why the last one ended.
    public var fault: String?
    /// The folders that it was given.
    public var folders: [Folder]
}

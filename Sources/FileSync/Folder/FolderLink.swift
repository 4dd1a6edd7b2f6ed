public import FileReplication

/// What a folder needs of the connection to one peer.
public protocol FolderLink: AnyObject, Sendable {
    /// Sends a message behind those before it; never blocks.
    func send(_ message: ReplicaMessage)

    /// How many bytes wait to be sent, so that a folder reads no more from its disk than the link takes.
    ///
    /// Whoever has a link calls ``SyncFolder/drained(_:link:)`` when that has become less than ``SyncFolder/fullLink``.
    var queuedBytes: Int { get }
}

/// By what one node recognises a file that has another name now, or more than one.
public struct FileIdentity: Hashable, Sendable {
    /// The file system.
    public var device: UInt64
    /// The file in it.
    public var inode: UInt64

    /// An identity.
    public init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }
}

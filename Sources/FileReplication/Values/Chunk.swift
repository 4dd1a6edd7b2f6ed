/// A piece of a file's content, with boundaries that the content decides.
public struct Chunk: Hashable, Sendable {
    /// How long a chunk is at most, in bytes; what a peer may ask for and send in one piece.
    public static let maximumLength = 1 << 20
    /// How many chunks a file has at most: 4 TiB of the longest ones, 256 GiB of usual ones.
    public static let maximumCount = 1 << 22

    /// Where it begins, in bytes from the file's beginning.
    public var offset: Int64
    /// How long it is, 1…``maximumLength``.
    public var length: Int
    /// The hash of its bytes.
    public var hash: ContentHash

    /// A chunk.
    public init(offset: Int64, length: Int, hash: ContentHash) {
        self.offset = offset
        self.length = length
        self.hash = hash
    }

    /// Where it ends.
    public var end: Int64 { offset &+ Int64(length) }
}

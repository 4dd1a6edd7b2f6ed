import Base

/// A path where something else should be than there is, and how far the work is.
struct Need: Sendable {
    /// A part of the content that is to be fetched.
    struct Piece: Hashable, Sendable {
        var offset: UInt64
        var length: UInt32
        var hash: ContentHash?
    }

    /// What is being waited for.
    enum Stage: Hashable, Sendable {
        /// A job.
        case working
        /// A list of chunks.
        case asking(UInt64)
        /// Pieces.
        case fetching
        /// What is appended.
        case following
        /// A time, or a peer.
        case waiting
    }

    /// Files of so many bytes are fetched without a list of chunks.
    static let smallFile: UInt64 = 256 << 10

    let version: FileVersion
    var stage = Stage.working
    var source: NodeID?
    var tried: Set<NodeID> = []
    var attempt = 0
    /// Since when the directory above has been missing, or something in this one in the way.
    var blockedSince: MonotonicInstant?

    /// Pieces that were not asked for yet, the last first.
    var pieces: [Piece] = []
    /// How many pieces of those listed are not written.
    var unwritten = 0
    /// Up to where pieces are listed.
    var listed: UInt64 = 0
    /// The list of chunks that is being filled from what is here.
    var chunks: [ContentChunk] = []

    /// Whether what came while the file grew was taken for the file.
    var isPromoted = false

    /// How much of a growing file has come, and up to where it may be sent.
    var received: UInt64 = 0
    var limit: UInt64 = 0

    init(_ version: FileVersion) {
        self.version = version
    }

    /// What was fetched is of no use.
    mutating func startAgain() {
        (pieces, unwritten, listed, chunks) = ([], 0, 0, [])
    }

    /// What was fetched is all.
    mutating func complete() {
        startAgain()
        listed = version.metadata.size
    }

    var isSmall: Bool { version.metadata.size <= Self.smallFile }
}

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

    /// What has a share of its own of what is done at once, so that nothing waits until larger files are through, nor these
    /// until there are no smaller ones.
    enum Bulk: Int, CaseIterable {
        case small, medium, large

        init(_ size: UInt64) {
            self = size <= Need.smallFile ? .small : size <= Need.mediumFile ? .medium : .large
        }

        /// How many of them are worked on at once: each takes an open file.
        var most: Int { self == .small ? 512 : 32 }
    }

    /// Files of so many bytes are fetched without a list of chunks.
    static let smallFile: UInt64 = 256 << 10
    /// Files of so many bytes, as recordings are, do not wait for larger ones.
    static let mediumFile: UInt64 = 8 << 20

    let version: FileVersion
    var stage = Stage.working
    var source: NodeID?
    var tried: Set<NodeID> = []
    var attempt = 0
    /// Since when the directory above has been missing, or something in this one in the way.
    var blockedSince: MonotonicInstant?

    /// How many bytes of what is fetched without a list of chunks are asked for at once.
    static let longestPiece: UInt64 = 256 << 10

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
    /// Whether what came was not what it should be, and was looked through.
    var isMended = false
    /// Whether what is here was taken for the beginning of the file, or it was seen that nothing is.
    var isBegun = false
    /// Whether all that is not listed is to be fetched, whatever chunks it has.
    var isWanted = false

    /// How much of a growing file has come, and up to where it may be sent.
    var received: UInt64 = 0
    var limit: UInt64 = 0

    init(_ version: FileVersion) {
        self.version = version
    }

    /// What was fetched is of no use.
    mutating func startAgain() {
        (pieces, unwritten, listed, chunks, isWanted) = ([], 0, 0, [], false)
    }

    /// What was fetched is all.
    mutating func complete() {
        startAgain()
        listed = version.metadata.size
    }

    /// Whether there is something to be asked for.
    var hasPieces: Bool { !pieces.isEmpty || isWanted && listed < version.metadata.size }

    /// The next piece to be asked for; of what has no list of chunks so many bytes at most.
    mutating func popPiece(atMost limit: UInt64) -> Piece? {
        if let piece = pieces.popLast() { return piece }
        guard hasPieces else { return nil }
        let length = min(Self.longestPiece, max(1, limit), version.metadata.size - listed)
        defer {
            listed += length
            unwritten += 1
        }
        return Piece(offset: listed, length: UInt32(truncatingIfNeeded: length), hash: nil)
    }

    var bulk: Bulk { Bulk(version.metadata.size) }

    var isSmall: Bool { bulk == .small }
}

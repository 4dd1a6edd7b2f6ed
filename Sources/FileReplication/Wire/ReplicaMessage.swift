/// What nodes say to each other about a folder.
public enum ReplicaMessage: Hashable, Sendable {
    /// The version of the protocol that is spoken, and that is understood.
    public static let version: UInt8 = 1
    /// How long a message is at most, in bytes.
    public static let maximumLength = 4 << 20

    /// The digest of everything, with what is known and what all members know.
    case digest(DigestReport)
    /// What is in this directory? Children after a name.
    case list(TreePath, after: [UInt8])
    /// What is in a directory.
    case listing(DirectoryListing)
    /// Which records are in this bucket of a directory?
    case listBucket(BucketPlace)
    /// Records that changed, or that were asked for.
    case records([RecordNews])
    /// That all records of a bucket have been sent.
    case bucketDone(BucketPlace)
    /// Which chunks has this content, from an offset on?
    case listChunks(ContentQuestion)
    /// Some of the chunks of a content.
    case chunks(id: UInt64, [ContentChunk], isLast: Bool)
    /// Pieces of contents, please.
    case request([ContentQuestion])
    /// Pieces that were asked for.
    case data([ContentPiece])
    /// The content is not here, or is another one now.
    case refused([UInt64])
    /// What is appended to a growing file, please: from an offset to at most another.
    case follow(Follow)
    /// What was appended.
    case growth(Appended)

    /// The digest of a folder, and who knows what.
    public struct DigestReport: Hashable, Sendable {
        /// Stands for all records.
        public var root: EntryDigest
        /// The changes of which the sender has the records.
        public var known: VersionVector
        /// The changes of which all members have the records.
        public var stable: VersionVector
    }

    /// What is in a directory: digests of buckets of entries, and of directories.
    public struct DirectoryListing: Hashable, Sendable {
        /// How many directories there are in one listing at most.
        public static let maximumChildren = 2000
        /// The largest number of buckets is 2 to the power of this.
        public static let maximumBits = 14

        /// Which directory.
        public var directory: TreePath
        /// The entries' digests.
        public var summary: FileIndex.Summary
        /// The name after which ``children`` begin.
        public var after: [UInt8]
        /// Directories in the order of names.
        public var children: [Child]
        /// Whether there are no more directories.
        public var isLast: Bool

        /// A directory in the directory.
        public struct Child: Hashable, Sendable {
            /// Its name.
            public var name: [UInt8]
            /// What stands for what is beneath it.
            public var digest: EntryDigest
        }
    }

    /// A part of a directory's entries.
    public struct BucketPlace: Hashable, Sendable {
        /// Which directory.
        public var directory: TreePath
        /// There are 2 to the power of this buckets.
        public var bits: Int
        /// Which of them.
        public var bucket: Int
    }

    /// A record of a path.
    public struct RecordNews: Hashable, Sendable {
        /// How many there are in a message at most.
        public static let maximumCount = 1000

        /// Which path.
        public var path: TreePath
        /// What is known.
        public var record: FileRecord
        /// Whether the sender has the content.
        public var isHeld: Bool
        /// Where the same content was under another name.
        public var source: TreePath?
    }

    /// A piece of a content that somebody wants.
    public struct ContentQuestion: Hashable, Sendable {
        /// How many there are in a message at most.
        public static let maximumCount = 256

        /// By what the answer is recognised.
        public var id: UInt64
        /// Where the content is.
        public var path: TreePath
        /// Which content.
        public var hash: ContentHash
        /// From which byte on.
        public var offset: UInt64
        /// How many bytes; 0 in a question for chunks.
        public var length: UInt32
    }

    /// A piece of a content.
    public struct ContentPiece: Hashable, Sendable {
        /// How long a piece, and a chunk, is at most, in bytes.
        public static let maximumLength = 1 << 20

        /// Which question it answers.
        public var id: UInt64
        /// The bytes.
        public var bytes: [UInt8]
    }

    /// That somebody follows a growing file.
    public struct Follow: Hashable, Sendable {
        /// Which file.
        public var path: TreePath
        /// Which version of it.
        public var dot: Dot
        /// What has been received.
        public var offset: UInt64
        /// Up to where bytes may be sent now.
        public var limit: UInt64
    }

    /// Bytes that were appended to a growing file.
    public struct Appended: Hashable, Sendable {
        /// Which file.
        public var path: TreePath
        /// Which version of it.
        public var dot: Dot
        /// Where they belong.
        public var offset: UInt64
        /// The bytes.
        public var bytes: [UInt8]
    }
}

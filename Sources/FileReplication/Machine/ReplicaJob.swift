/// A number that an action has, and that is told with its outcome.
public struct JobID: Hashable, Sendable {
    /// The number; a process does not use one twice.
    public let number: UInt64
}

/// A file that is being put together, out of sight and to be found again after a restart.
public enum StagedFile: Hashable, Sendable {
    /// One that will have this content.
    case content(ContentHash)
    /// One that grows, since this version.
    case growing(Dot)
}

/// What has to be at a path for an action to be carried out; otherwise it fails with ``JobFailure/changed``.
///
/// So nothing is lost that this node's users did and that has not been seen yet.
public enum Expectation: Hashable, Sendable {
    /// Nothing.
    case nothing
    /// This, by its kind, and for files by size, time and identity.
    case version(FileMetadata, FileIdentity?)

    init(_ entry: IndexEntry) {
        self = entry.held.map { .version($0.metadata, entry.identity) } ?? .nothing
    }
}

/// What is to be done with the folder's files.
public enum ReplicaJob: Hashable, Sendable {
    /// Look at a path, and read the content for its hash; it may be what is known, or begin with that. Outcome:
    /// ``JobOutcome/observed(_:)``.
    case inspect(TreePath, KnownContent?)
    /// List the chunks of a file from an offset on; it must have that hash. Outcome: ``JobOutcome/chunks(_:isLast:)``.
    case listChunks(TreePath, ContentHash, from: UInt64)
    /// Read bytes; fewer come at the end of the file. Outcome: ``JobOutcome/bytes(_:)``. Where something is expected (a file
    /// that grows is whatever it is), bytes of something else are no outcome.
    case read(TreePath, offset: UInt64, length: Int, expecting: Expectation?)
    /// Take those of these chunks into a staged file that will have this size which are in it, in files of this node, or in a
    /// file that grew. Outcome: ``JobOutcome/missing(_:)`` with the numbers of the others.
    case fill(ContentHash, size: UInt64, chunks: [ContentChunk], from: [TreePath], growth: Dot?)
    /// Begin a staged file with nothing; it fails with ``JobFailure/changed`` when there is something in one.
    case beginEmpty(ContentHash)
    /// Begin a staged file with all of a file.
    case begin(ContentHash, with: TreePath, Expectation)
    /// Write bytes into a staged file; they must have the hash if there is one.
    case write(StagedFile, offset: UInt64, [UInt8], ContentHash?)
    /// Make the file that grew the staged file of this content, which it must be.
    case promote(Dot, to: ContentHash, size: UInt64)
    /// Cut a file that grew.
    case truncate(Dot, size: UInt64)
    /// Forget a staged file.
    case drop(StagedFile)
    /// Put a staged file in place, with metadata, after its content was checked. One of no bytes need not exist.
    case place(StagedFile, TreePath, FileMetadata, expecting: Expectation)
    /// Copy a file that has this content.
    case copy(TreePath, to: TreePath, FileMetadata, ContentHash, expecting: Expectation)
    /// Rename a file that has this content.
    case move(TreePath, Expectation, to: TreePath, FileMetadata, ContentHash, expecting: Expectation)
    /// Make another name for a file that has this content.
    case link(TreePath, Expectation, to: TreePath, ContentHash, expecting: Expectation)
    /// Make a directory.
    case makeDirectory(TreePath, FileMetadata, expecting: Expectation)
    /// Make a symbolic link.
    case makeLink(TreePath, FileMetadata, expecting: Expectation)
    /// Give what is there other metadata.
    case setMetadata(TreePath, FileMetadata, expecting: Expectation)
    /// Remove a file, a link, or a directory that is empty.
    case remove(TreePath, expecting: Expectation)
    /// Give a file or link a second name; `nil` for one in the versions folder.
    case preserve(TreePath, as: TreePath?, expecting: Expectation)
}

/// What is known of a file's content.
public struct KnownContent: Hashable, Sendable {
    /// Its size in bytes.
    public var size: UInt64
    /// Its hash.
    public var hash: ContentHash

    /// A content.
    public init(size: UInt64, hash: ContentHash) {
        (self.size, self.hash) = (size, hash)
    }

    /// That of a version; `nil` for what is no file, or grows.
    init?(_ version: FileVersion?) {
        guard let version, version.metadata.kind == .file, let hash = version.hash else { return nil }
        self.init(size: version.metadata.size, hash: hash)
    }
}

/// What a node sees at a path.
public struct FileObservation: Hashable, Sendable {
    /// What it is.
    public var metadata: FileMetadata
    /// The hash of a file's content.
    public var hash: ContentHash?
    /// Who it is.
    public var identity: FileIdentity?
    /// Another name of the same file.
    public var link: TreePath?
    /// Another file with the same content.
    public var source: TreePath?
    /// Whether the content is the one that was known, with something after it.
    public var isContinuation: Bool

    /// What is seen.
    public init(
        metadata: FileMetadata,
        hash: ContentHash? = nil,
        identity: FileIdentity? = nil,
        link: TreePath? = nil,
        source: TreePath? = nil,
        isContinuation: Bool = false
    ) {
        self.metadata = metadata
        self.hash = hash
        self.identity = identity
        self.link = link
        self.source = source
        self.isContinuation = isContinuation
    }
}

/// What became of a job.
public enum JobOutcome: Hashable, Sendable {
    /// It is done; with the identity of what is there now.
    case done(FileIdentity?)
    /// What is there.
    case observed(FileObservation?)
    /// Some chunks.
    case chunks([ContentChunk], isLast: Bool)
    /// Which chunks are missing.
    case missing([Int])
    /// What was read.
    case bytes([UInt8])
    /// It is not done.
    case failed(JobFailure)
}

/// Why a job was not done.
public enum JobFailure: Error, Hashable, Sendable {
    /// Something else is there than was expected.
    case changed
    /// What should be read is not there.
    case missing
    /// The bytes are not those that the hash is of.
    case corrupt
    /// A directory has something in it.
    case notEmpty
    /// The directory above is not there.
    case noParent
    /// There is no place on the disk.
    case noSpace
    /// The disk may not be written to.
    case readOnly
    /// Something else.
    case other
}

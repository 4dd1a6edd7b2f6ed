import CFileTrees
public import FileReplication
import Glibc

/// Changes a folder: each change is there as a whole or not at all, whenever the machine stops, and whoever reads meanwhile
/// sees the old or the new.
public struct TreePlacer: Sendable {
    /// What became of a change.
    public struct Placed: Hashable, Sendable {
        /// What is there now.
        public let stamp: FileStamp
        /// What it did not get of its metadata.
        public let concessions: Concessions
    }

    /// A staged file that is to be placed.
    public struct Placement: Sendable {
        let file: StagedFile
        let path: TreePath
        let metadata: FileMetadata
        let expected: ExpectedState

        /// A file for a path; its size has to be the one that the metadata tell.
        public init(_ file: StagedFile, at path: TreePath, metadata: FileMetadata, expecting expected: ExpectedState) {
            self.file = file
            self.path = path
            self.metadata = metadata
            self.expected = expected
        }
    }

    /// From how many files on the whole file system is written to the disk in place of each file.
    private static let fewestForAll = 16
    /// The most files that are placed together.
    public static let mostTogether = 512

    let folder: TreeFolder
    let policy: PlacingPolicy
    let names: OwnerNames

    /// What changes a folder, under a policy.
    public init(_ folder: TreeFolder, policy: PlacingPolicy = PlacingPolicy(), names: OwnerNames = OwnerNames()) {
        self.folder = folder
        self.policy = policy
        self.names = names
    }

    var writer: MetadataWriter { MetadataWriter(names: names, policy: policy) }

    /// Puts a staged file at its place.
    ///
    /// The bytes are on the disk before the name is.
    public func place(_ placement: Placement) throws(FileTreeError) -> Placed {
        guard let result = placeAll([placement]).first else { throw FileTreeError(.refused) }
        return try result.get()
    }

    /// Puts several staged files at their places, each by itself, but waiting for the disk together: many small files take
    /// little longer than one.
    ///
    /// - Returns: What became of each, in the order of the placements.
    public func placeAll(_ placements: [Placement]) -> [Result<Placed, FileTreeError>] {
        guard placements.count <= Self.mostTogether else {
            return placements.map { _ in .failure(FileTreeError(.refused)) }
        }
        let prepared = placements.map { placement in Result { () throws(FileTreeError) in try prepare(placement) } }
        // Many files are waited for at once; what other files failed with is not known to be theirs, so each is asked then.
        let areWritten = placements.count >= Self.fewestForAll && folder.barrier.synchronize()
        let failures = folder.barrier.failures
        var directories = DirectorySet()
        var results = zip(placements, prepared).map { placement, prepared in
            Result { () throws(FileTreeError) in
                let concessions = try prepared.get()
                let isWritten = areWritten && placement.file.failuresBefore == failures
                if !isWritten { try placement.file.file.synchronize() }
                let place = try folder.place(of: placement.path)
                try publish(placement.file.name, at: place, expecting: placement.expected)
                try directories.add(place.directory)
                return Placed(stamp: try placement.file.file.status().stamp, concessions: concessions)
            }
        }
        if let failure = directories.synchronize(folder.barrier, since: failures, fewestForAll: Self.fewestForAll) {
            results = results.map { result in result.flatMap { _ in .failure(failure) } }
        }
        return results
    }

    /// Gives a staged file its metadata, and has the disk begin with its bytes.
    private func prepare(_ placement: Placement) throws(FileTreeError) -> Concessions {
        let (file, metadata) = (placement.file.file, placement.metadata)
        let status = try file.status()
        guard metadata.kind == .file, metadata.size == status.size else { throw FileTreeError(.refused) }
        let concessions = try writer.write(metadata, to: file, status: status)
        cfiletrees_begin_writing(file.descriptor)
        return concessions
    }

    /// Gives something that is staged its name, if there is what was expected.
    func publish(
        _ staged: [UInt8],
        at place: TreeFolder.Place,
        expecting expected: ExpectedState
    ) throws(FileTreeError) {
        if expected == .absent { return try publishNew(staged, at: place) }
        let present = try place.status()
        try expected.check(present)
        if present?.isDirectory == true { throw FileTreeError(.wrongKind) }
        if expected == .anything {
            try folder.staged.rename(staged, to: place.directory, place.name, whenTaken: .replace)
        } else {
            try exchange(staged, at: place, expecting: expected)
        }
    }

    /// Gives something a name that nobody has: the rename itself looks whether that is so.
    private func publishNew(_ staged: [UInt8], at place: TreeFolder.Place) throws(FileTreeError) {
        do {
            try folder.staged.rename(staged, to: place.directory, place.name, whenTaken: .fail)
        } catch  where error.reason == .exists {
            throw FileTreeError(.changed)
        } catch  where error.code == EINVAL {
            // A file system without such renames.
            try ExpectedState.absent.check(try place.status())
            try folder.staged.rename(staged, to: place.directory, place.name, whenTaken: .replace)
        }
    }

    /// Takes out what is there and looks at it: what came in between the look before and the exchange is put back.
    private func exchange(
        _ staged: [UInt8],
        at place: TreeFolder.Place,
        expecting expected: ExpectedState
    ) throws(FileTreeError) {
        do {
            try folder.staged.rename(staged, to: place.directory, place.name, whenTaken: .exchange)
        } catch  where error.reason == .missing {
            throw FileTreeError(.changed)
        } catch  where error.code == EINVAL {
            return try folder.staged.rename(staged, to: place.directory, place.name, whenTaken: .replace)
        }
        let displaced = try folder.staged.statusIfPresent(of: staged)
        do throws(FileTreeError) {
            try expected.check(displaced)
            if displaced?.isDirectory == true { throw FileTreeError(.wrongKind) }
        } catch {
            try folder.staged.rename(staged, to: place.directory, place.name, whenTaken: .exchange)
            throw error
        }
        try folder.staged.remove(staged, isDirectory: false)
    }

    /// Gives what is at a path other metadata; its bytes stay.
    public func setMetadata(
        _ metadata: FileMetadata,
        at path: TreePath,
        expecting expected: ExpectedState
    ) throws(FileTreeError) -> Placed {
        if metadata.kind == .symbolicLink {
            let place = try folder.place(of: path)
            let status = try place.status()
            try expected.check(status)
            guard status?.kind == .symbolicLink else { throw FileTreeError(.wrongKind) }
            let concessions = try writer.write(metadata, toLink: place.name, in: place.directory)
            return Placed(stamp: try place.directory.status(of: place.name).stamp, concessions: concessions)
        }
        let file = try folder.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        let status = try file.status()
        try expected.check(status)
        guard status.kind == metadata.kind else { throw FileTreeError(.wrongKind) }
        let concessions = try writer.write(metadata, to: file, status: status, expecting: expected)
        try file.synchronize()
        return Placed(stamp: try file.status().stamp, concessions: concessions)
    }
}

/// The directories whose names have to be on the disk, each once.
struct DirectorySet {
    private var directories: [FileIdentity: OpenFile] = [:]

    mutating func add(_ directory: OpenFile) throws(FileTreeError) {
        directories[try directory.status().identity] = directory
    }

    /// Waits until their names are on the disk.
    ///
    /// - Parameters:
    ///   - failures: How often writing had failed before the names were given.
    ///   - fewestForAll: From how many directories on the whole file system is written to the disk in place of each.
    func synchronize(_ barrier: DiskBarrier, since failures: Int, fewestForAll: Int) -> FileTreeError? {
        if directories.count >= fewestForAll, barrier.synchronize(), barrier.failures == failures { return nil }
        for directory in directories.values {
            do {
                try directory.synchronize()
            } catch {
                return error
            }
        }
        return nil
    }
}

import FileReplication
import FileTrees

/// Does with the files of a folder what a replica wants done; every call blocks until that is done.
final class JobRunner: Sendable {
    /// What a runner tells beside outcomes.
    struct Reports: Sendable {
        /// The root is not there, or is another one.
        let rootIsGone: @Sendable () -> Void
    }

    /// The most chunks in one answer.
    static let mostChunks = 2048

    let folder: TreeFolder
    let placer: TreePlacer
    let names: OwnerNames
    let staging: StagingTable
    let summaries: SummaryCache
    let links: LinkTable
    let plain: PlainStamps
    let store: IndexStore
    let keepsVersions: Bool
    let reports: Reports

    init(_ folder: TreeFolder, _ store: IndexStore, _ settings: FolderSettings, _ reports: Reports) {
        (self.folder, self.store, self.reports) = (folder, store, reports)
        names = OwnerNames()
        placer = TreePlacer(folder, policy: settings.placing, names: names)
        keepsVersions = settings.versions != .none
        staging = StagingTable(folder)
        summaries = SummaryCache()
        links = LinkTable()
        plain = PlainStamps()
    }

    /// The same runner under other settings.
    init(_ other: JobRunner, _ settings: FolderSettings) {
        (folder, store, reports) = (other.folder, other.store, other.reports)
        (names, staging, summaries, links) = (other.names, other.staging, other.summaries, other.links)
        plain = other.plain
        placer = TreePlacer(folder, policy: settings.placing, names: names)
        keepsVersions = settings.versions != .none
    }

    /// The same runner with another index.
    init(_ other: JobRunner, _ store: IndexStore) {
        (folder, self.store, reports) = (other.folder, store, other.reports)
        (names, staging, summaries, links) = (other.names, other.staging, other.summaries, other.links)
        plain = other.plain
        (placer, keepsVersions) = (other.placer, other.keepsVersions)
    }

    /// Does what is no placing of a staged file.
    ///
    /// - Parameter isSecured: Whether what is found in a file has to be on the disk before others hear of it.
    func perform(_ job: ReplicaJob, isSecured: Bool = false) -> JobOutcome {
        do {
            switch job {
            case .inspect(let path, let known): return try inspect(path, known, isSecured)
            case .listChunks(let path, let hash, let offset): return try listChunks(path, hash, from: offset)
            case .read(let path, let offset, let length, let expected):
                let state = try expected.map { try self.state($0, at: path) } ?? .anything
                return .bytes(try folder.read(path, count: length, at: offset, expecting: state))
            case .fill(let hash, let size, let chunks, let sources, let growth):
                return .missing(try fill(hash, size, chunks, sources, growth))
            case .beginEmpty(let hash): try beginEmpty(hash)
            case .begin(let hash, let path, let expected): try begin(hash, with: path, expected)
            case .write(let file, let offset, let bytes, let hash): try write(file, bytes, at: offset, hash)
            case .promote(let dot, let hash, let size): try promote(dot, to: hash, size: size)
            case .truncate(let dot, let size): try truncate(dot, size)
            case .drop(let file): try drop(file)
            default: return .done(try change(job))
            }
            return .done(nil)
        } catch {
            return .failed(Self.failure(error))
        }
    }

    private func change(_ job: ReplicaJob) throws -> FileIdentity? {
        switch job {
        case .copy(let source, let path, let metadata, let hash, let expected):
            return try copy(source, to: path, metadata, hash, expected)
        case .move(let source, let being, let path, let metadata, let hash, let expected):
            return try move(source, being, to: path, metadata, hash, expected)
        case .link(let source, let being, let path, _, let expected):
            return try link(source, being, to: path, expected)
        case .makeDirectory(let path, let metadata, let expected):
            return try makeDirectory(path, metadata, expected)
        case .makeLink(let path, let metadata, let expected):
            let state = try keepVersion(path, expected)
            return try at(path) { () throws(FileTreeError) in
                try placer.makeLink(path, metadata: metadata, expecting: state)
            }
        case .setMetadata(let path, let metadata, let expected): return try setMetadata(path, metadata, expected)
        case .remove(let path, let expected): try remove(path, expected)
        case .preserve(let path, let copy, let expected): try preserve(path, as: copy, expected)
        default: throw JobFailure.other
        }
        return nil
    }

    /// What a failure is to a replica.
    static func failure(_ error: any Error) -> JobFailure {
        if let failure = error as? JobFailure { return failure }
        guard let error = error as? FileTreeError else { return .other }
        return switch error.reason {
        case .missing: .missing
        case .exists, .changed, .wrongKind: .changed
        case .full: .noSpace
        case .readOnly: .readOnly
        default: .other
        }
    }

    /// Makes something at a path; a failure may be that there is no directory for it.
    func at(
        _ path: TreePath,
        _ body: () throws(FileTreeError) -> TreePlacer.Placed
    ) throws -> FileIdentity {
        do throws(FileTreeError) {
            return try body().stamp.identity
        } catch {
            guard error.reason == .missing || error.reason == .outside || error.reason == .wrongKind,
                let parent = path.parent, !parent.isRoot
            else { throw Self.failure(error) }
            let above = try? folder.look(parent, names: names)
            throw above?.metadata.kind == .directory ? Self.failure(error) : JobFailure.noParent
        }
    }

    /// What has to be at a path, as the folder sees it.
    func state(_ expected: Expectation, at path: TreePath) throws -> ExpectedState {
        guard case .version(let metadata, let identity) = expected else { return .absent }
        if let identity { return .present(identity, size: metadata.size, modified: metadata.modified) }
        guard let seen = try folder.look(path, names: names), seen.metadata.kind == metadata.kind else {
            throw JobFailure.changed
        }
        let isSame =
            metadata.kind != .file
            || (seen.metadata.size == metadata.size && seen.metadata.modified == metadata.modified)
        guard isSame else { throw JobFailure.changed }
        return ExpectedState(seen.stamp)
    }
}

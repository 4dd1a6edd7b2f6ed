import Base
import FileReplication
import FileTrees

/// Looks at files.
extension JobRunner {
    /// How often a file is read again that somebody writes to meanwhile.
    private static let mostAttempts = 3
    /// Times of files differ by so many nanoseconds at least: twice what the slowest clocks of Linux have (100 Hz).
    private static let tick: Int64 = 20_000_000
    /// What is at a path; nothing is only believed as long as the root is there.
    func inspect(_ path: TreePath, _ known: KnownContent?, _ isSecured: Bool) throws -> JobOutcome {
        for _ in 0..<Self.mostAttempts {
            guard let seen = try look(path) else {
                guard folder.presence() == .present else {
                    reports.rootIsGone()
                    throw JobFailure.other
                }
                return .observed(nil)
            }
            if let what = try observation(seen, known, isSecured: isSecured) { return .observed(what) }
        }
        throw JobFailure.changed
    }

    /// What is at a path; `nil` for nothing, and for sockets, pipes and devices, which nobody replicates.
    private func look(_ path: TreePath) throws(FileTreeError) -> ScannedFile? {
        do throws(FileTreeError) {
            return try folder.look(path, names: names)
        } catch {
            if error.reason == .wrongKind { return nil }
            throw error
        }
    }

    /// What was seen, with the hash; `nil` when it was changed meanwhile.
    func observation(
        _ seen: ScannedFile,
        _ known: KnownContent?,
        isSecured: Bool = false
    ) throws -> FileObservation? {
        var what = FileObservation(metadata: seen.metadata, identity: seen.identity)
        guard seen.metadata.kind == .file else { return what }
        if let hash = summaries.hash(of: seen.stamp) {
            what.hash = hash
        } else {
            guard let summary = try summary(seen.path, known, isSecured) else { return nil }
            guard summary.stamp == seen.stamp else { return nil }
            (what.hash, what.isContinuation) = (summary.hash, summary.isContinuation)
        }
        if let hash = what.hash, known?.hash != hash, seen.metadata.size >= IndexStore.smallestFound {
            // Nothing is lost when the index cannot say.
            let found = ((try? store.paths(of: hash)) ?? []).filter { $0 != seen.path }
            what.source = found.first
            if seen.links > 1 {
                for path in found where isName(path, of: seen.identity) { _ = links.add(path, of: seen.identity) }
            }
        }
        if seen.links > 1 {
            let others = links.add(seen.path, of: seen.identity).filter { isName($0, of: seen.identity) }
            what.link = others.first.flatMap { $0 < seen.path || known == nil ? $0 : nil }
        }
        return what
    }

    /// Reads a file; `nil` when somebody wrote to it meanwhile.
    private func summary(_ path: TreePath, _ known: KnownContent?, _ isSecured: Bool) throws -> ContentSummary? {
        var earlier: (size: UInt64, hash: ContentHash)?
        if let known { earlier = (known.size, known.hash) }
        let summary: ContentSummary
        let begun = MachineClock.wall.nanoseconds
        do throws(FileTreeError) {
            // It is cut into chunks when somebody asks for them.
            summary = try folder.summary(path, known: earlier, isChunked: false, isSecured: isSecured)
        } catch {
            if error.reason == .changed || error.reason == .missing { return nil }
            throw Self.failure(error)
        }
        // What is written again within a tick of the file system's clock has the same stamp: it is read again.
        if summary.stamp.changed < begun - Self.tick { summaries.read(summary.hash, summary.stamp) }
        return summary
    }

    /// Whether a path is still a name of a file.
    private func isName(_ path: TreePath, of identity: FileIdentity) -> Bool {
        if let seen = try? folder.look(path, names: names), seen.identity == identity { return true }
        links.remove(path, of: identity)
        return false
    }

    /// Some of the chunks of a file that has this content.
    func listChunks(_ path: TreePath, _ hash: ContentHash, from offset: UInt64) throws -> JobOutcome {
        let (chunks, size) = try chunks(path, hash, after: offset)
        guard let first = Self.index(of: offset, in: chunks) else { throw JobFailure.missing }
        let some = Array(chunks[first...].prefix(Self.mostChunks))
        return .chunks(some, isLast: (some.last?.offset ?? 0) + UInt64(some.last?.length ?? 0) == size)
    }

    /// Cuts what will be asked for next, while a peer fetches what comes before.
    func prepareChunks(_ path: TreePath, _ hash: ContentHash, from offset: UInt64) {
        _ = try? chunks(path, hash, after: offset)
    }

    /// The chunks of a file from its beginning to some behind an offset, and its size.
    private func chunks(
        _ path: TreePath,
        _ hash: ContentHash,
        after offset: UInt64
    ) throws -> (chunks: [ContentChunk], size: UInt64) {
        guard let seen = try folder.look(path, names: names), let what = try observation(seen, nil) else {
            throw JobFailure.changed
        }
        guard what.hash == hash else { throw JobFailure.corrupt }
        let size = seen.metadata.size
        var chunks = summaries.chunks(of: hash) ?? []
        var end = chunks.last.map { $0.offset + UInt64($0.length) } ?? 0
        while end <= offset, end < size {
            chunks += try folder.chunks(
                path,
                scale: ContentChunker.Scale(for: size),
                from: end,
                limit: Self.mostChunks
            )
            guard let last = chunks.last, last.offset + UInt64(last.length) > end else { throw JobFailure.changed }
            end = last.offset + UInt64(last.length)
        }
        guard folder.stamp(of: path) == seen.stamp else { throw JobFailure.changed }
        summaries.put(chunks, of: hash)
        return (chunks, size)
    }

    private static func index(of offset: UInt64, in chunks: [ContentChunk]) -> Int? {
        var (low, high) = (0, chunks.count)
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low < chunks.count && chunks[low].offset == offset ? low : nil
    }
}

import Base
import CFileTrees
public import FileReplication
import Glibc

/// What is in a file.
public struct ContentSummary: Hashable, Sendable {
    /// The hash of all of it.
    public let hash: ContentHash
    /// The pieces that it has, in order.
    public let chunks: [ContentChunk]
    /// What was read.
    public let stamp: FileStamp
    /// Whether it is the known content with something after it.
    public let isContinuation: Bool
}

extension FileStamp {
    /// How long the system may have what was written in memory alone, in nanoseconds: Linux keeps it for half a minute.
    private static let longestUnwritten: Int64 = 60_000_000_000

    /// Whether what was written last may not be on the disk.
    ///
    /// Programs that copy a file with its time can set ``modified``, but not ``changed``. A time that is yet to come says
    /// nothing.
    func isFresh(at now: Int64) -> Bool { max(changed, modified) > now - Self.longestUnwritten }
}

extension ContentChunker {
    /// The chunks of a file, as they are cut in files of some size: from the end of one on, and some more than `limit` at most.
    static func chunks(
        of file: OpenFile,
        scale: Scale,
        from start: UInt64 = 0,
        limit: Int = .max
    ) throws(FileTreeError) -> [ContentChunk] {
        var chunker = ContentChunker(scale: scale, from: start)
        var chunks: [ContentChunk] = []
        var offset = start
        while case let bytes = try file.read(ContentHasher.portion, at: offset), !bytes.isEmpty {
            chunks += chunker.update(bytes)
            offset += UInt64(bytes.count)
            if chunks.count >= limit { return chunks }
        }
        if let last = chunker.finish() { chunks.append(last) }
        return chunks
    }
}

extension TreeFolder {
    /// The chunks of a file, as they are cut in files of some size.
    ///
    /// - Parameters:
    ///   - start: The end of a chunk, from which on chunks are wanted.
    ///   - limit: How many there are at most, and those that end in the same portion of the file.
    public func chunks(
        _ path: TreePath,
        scale: ContentChunker.Scale,
        from start: UInt64 = 0,
        limit: Int = .max
    ) throws(FileTreeError) -> [ContentChunk] {
        try ContentChunker.chunks(of: try openFile(path), scale: scale, from: start, limit: limit)
    }

    /// Reads a file once: its hash, its chunks, and whether something was only added to what is known.
    ///
    /// - Parameters:
    ///   - known: The size and the hash that the file had.
    ///   - isChunked: Whether chunks are wanted.
    ///   - isSecured: Whether what was written lately has to be on the disk first: others are told of it, and after a power
    ///     failure something else, which they would take for a change, must not be here.
    ///   - isCancelled: Asked between portions.
    /// - Throws: `changed` when somebody wrote to it meanwhile, or it was cancelled.
    public func summary(
        _ path: TreePath,
        known: (size: UInt64, hash: ContentHash)? = nil,
        isChunked: Bool = true,
        isSecured: Bool = false,
        isCancelled: () -> Bool = { false }
    ) throws(FileTreeError) -> ContentSummary {
        let file = try openFile(path)
        let before = try file.status()
        var whole = ContentHasher()
        var chunker = ContentChunker(scale: ContentChunker.Scale(for: before.size))
        var chunks: [ContentChunk] = []
        var isContinuation = false
        var offset: UInt64 = 0
        while offset < before.size {
            guard !isCancelled() else { throw FileTreeError(.changed) }
            var count = Int(min(UInt64(ContentHasher.portion), before.size - offset))
            // Stop where the known content ends, to look at the hash there.
            if let known, offset < known.size { count = Int(min(UInt64(count), known.size - offset)) }
            let bytes = try file.read(count, at: offset)
            guard bytes.count == count else { throw FileTreeError(.changed) }
            whole.update(bytes)
            if isChunked { chunks += chunker.update(bytes) }
            offset += UInt64(count)
            if let known, offset == known.size, before.size > known.size {
                isContinuation = whole.finish() == known.hash
            }
        }
        if let last = chunker.finish() { chunks.append(last) }
        let after = try file.status().stamp
        guard after == before.stamp else { throw FileTreeError(.changed) }
        // Not of a file that somebody is still writing to: that one is read again anyway.
        if isSecured, after.isFresh(at: MachineClock.wall.nanoseconds) { try Self.secure(file) }
        return ContentSummary(hash: whole.finish(), chunks: chunks, stamp: after, isContinuation: isContinuation)
    }

    /// Has the disk keep what somebody wrote, with the time and the name that it has.
    private static func secure(_ file: OpenFile) throws(FileTreeError) {
        do throws(FileTreeError) {
            try file.synchronize()
        } catch {
            // Where this cannot be done, or nothing can be written, there is nothing to wait for.
            if error.reason == .damaged || error.reason == .full { throw error }
        }
    }

    /// What a peer with another version needs to find our blocks in it.
    public func signature(_ path: TreePath) throws(FileTreeError) -> BlockSignature {
        let file = try openFile(path)
        return try BlockSignature.of(file, size: try file.status().size)
    }

    /// Makes a delta of a file by rsync's algorithm.
    public func delta(
        _ path: TreePath,
        against signature: BlockSignature,
        emit: @escaping (DeltaOperation) throws(FileTreeError) -> Void
    ) throws(FileTreeError) {
        let file = try openFile(path)
        var encoder = DeltaEncoder(
            signature,
            read: { (offset, count) throws(FileTreeError) in try file.read(count, at: offset) },
            emit: emit
        )
        try encoder.run(size: try file.status().size)
    }
}

/// A delta between two versions whose chunks are both known: nobody needs to be told any sums.
public enum ChunkDelta {
    /// What makes the new version: ranges of the base, and ranges of the new version that are to be sent.
    public enum Step: Hashable, Sendable {
        /// Bytes of the base.
        case copy(offset: UInt64, count: UInt64)
        /// Bytes of the new version.
        case send(offset: UInt64, count: UInt64)
    }

    /// The steps from one version to another.
    public static func steps(from base: [ContentChunk], to chunks: [ContentChunk]) -> [Step] {
        var places: [ContentHash: ContentChunk] = [:]
        places.reserveCapacity(base.count)
        for chunk in base where places[chunk.hash] == nil { places[chunk.hash] = chunk }
        var steps: [Step] = []
        for chunk in chunks {
            let count = UInt64(chunk.length)
            if let known = places[chunk.hash], known.length == chunk.length {
                if case .copy(let offset, let before)? = steps.last, offset + before == known.offset {
                    steps[steps.count - 1] = .copy(offset: offset, count: before + count)
                } else {
                    steps.append(.copy(offset: known.offset, count: count))
                }
            } else if case .send(let offset, let before)? = steps.last {
                steps[steps.count - 1] = .send(offset: offset, count: before + count)
            } else {
                steps.append(.send(offset: chunk.offset, count: count))
            }
        }
        return steps
    }
}

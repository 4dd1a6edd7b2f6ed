import FileReplication
import FileTrees

/// Puts files together out of sight.
extension JobRunner {
    /// Takes chunks that are here already into a staged file; the numbers of the others.
    func fill(
        _ hash: ContentHash,
        _ size: UInt64,
        _ chunks: [ContentChunk],
        _ sources: [TreePath],
        _ growth: Dot?
    ) throws -> [Int] {
        let entry = try staging.entry(StagingTable.token(of: hash))
        let present = try entry.file.size
        let scale = ContentChunker.Scale(for: size)
        let grown = try growth.map { try staging.entry(StagingTable.token(of: $0)).file }
        var given: [Given] = []
        for source in sources {
            guard let chunks = try? baseChunks(source, scale) else { continue }
            given.append(Given(chunks) { try entry.file.copy(self.folder, source, from: $0, count: $1, to: $2) })
        }
        if let grown {
            given.append(
                Given(try grown.chunks(scale: scale)) { try entry.file.copy(grown, from: $0, count: $1, to: $2) }
            )
        }
        var missing: [Int] = []
        for (number, chunk) in chunks.enumerated() {
            if chunk.offset + UInt64(chunk.length) <= present, try isThere(chunk, in: entry.file) {
                // It may not be the first chunk, so what was hashed does not say anything.
                entry.forgetHash()
                continue
            }
            if Self.isZeros(chunk) {
                entry.forgetHash()
                try entry.file.write([UInt8](repeating: 0, count: Int(chunk.length)), at: chunk.offset)
                continue
            }
            guard let base = given.first(where: { $0.places[chunk.hash] != nil }), let from = base.places[chunk.hash]
            else {
                missing.append(number)
                continue
            }
            entry.forgetHash()
            try base.copy(from, UInt64(chunk.length), chunk.offset)
        }
        return missing
    }

    /// Chunks of so many zeros are what holes are cut into.
    private static let zeros = ContentChunker.Scale.allCases.map { scale in
        let length = scale.longest
        return (length: UInt32(length), hash: ContentHasher.hash([UInt8](repeating: 0, count: length)))
    }

    private static func isZeros(_ chunk: ContentChunk) -> Bool {
        zeros.contains { $0.length == chunk.length && $0.hash == chunk.hash }
    }

    /// A file of which chunks can be taken.
    private struct Given {
        /// Where chunks are in it.
        var places: [ContentHash: UInt64] = [:]
        let copy: (_ from: UInt64, _ count: UInt64, _ to: UInt64) throws -> Void

        init(
            _ chunks: [ContentChunk],
            _ copy: @escaping (_ from: UInt64, _ count: UInt64, _ to: UInt64) throws -> Void
        ) {
            self.copy = copy
            for chunk in chunks where places[chunk.hash] == nil { places[chunk.hash] = chunk.offset }
        }
    }

    /// The chunks of a file that may be taken, as they are cut in files of some size.
    private func baseChunks(_ path: TreePath, _ scale: ContentChunker.Scale) throws -> [ContentChunk] {
        guard let seen = try folder.look(path, names: names), seen.metadata.kind == .file else { return [] }
        return try folder.chunks(path, scale: scale)
    }

    private func isThere(_ chunk: ContentChunk, in file: FileTrees.StagedFile) throws -> Bool {
        let bytes = try file.read(Int(chunk.length), at: chunk.offset)
        return bytes.count == Int(chunk.length) && ContentHasher.hash(bytes) == chunk.hash
    }

    /// Begins a staged file with nothing.
    func beginEmpty(_ hash: ContentHash) throws {
        let entry = try staging.entry(StagingTable.token(of: hash))
        guard try entry.file.size == 0 else { throw JobFailure.changed }
    }

    /// Begins a staged file with all of a file.
    func begin(_ hash: ContentHash, with path: TreePath, _ expected: Expectation) throws {
        guard case .present(let identity, let size, let modified) = try state(expected, at: path) else {
            throw JobFailure.changed
        }
        let entry = try staging.entry(StagingTable.token(of: hash))
        entry.forgetHash()
        try entry.file.copy(folder, path, from: 0, count: size, to: 0)
        let seen = try folder.look(path, names: names)
        guard let stamp = seen?.stamp, stamp.identity == identity, stamp.size == size, stamp.modified == modified else {
            throw JobFailure.changed
        }
    }

    func write(_ file: FileReplication.StagedFile, _ bytes: [UInt8], at offset: UInt64, _ hash: ContentHash?) throws {
        let token = StagingTable.token(of: file)
        if case .growing(let dot) = file, offset == 0 {
            // Before the file, so that it is known whose it is whenever the program ends.
            try store.add(IndexStore.Growth(token: token, beginning: dot))
        }
        let entry = try staging.entry(token)
        // What comes in order is hashed with the whole file; a wrong piece of that is found when all has come.
        if let hash, !entry.isInOrder(offset), ContentHasher.hash(bytes) != hash { throw JobFailure.corrupt }
        try entry.write(bytes, at: offset)
    }

    /// Takes a file that grew for the content that it became.
    func promote(_ dot: Dot, to hash: ContentHash, size: UInt64) throws {
        let token = StagingTable.token(of: dot)
        let entry = try staging.entry(token)
        guard try entry.file.size == size, try entry.hash(size: size) == hash else { throw JobFailure.corrupt }
        let target = StagingTable.token(of: hash)
        staging.close(token)
        staging.close(target)
        _ = try entry.file.renamed(to: target)
        try store.removeGrowth(token)
    }

    func truncate(_ dot: Dot, _ size: UInt64) throws {
        let entry = try staging.entry(StagingTable.token(of: dot))
        guard try entry.file.size >= size else { throw JobFailure.missing }
        entry.forgetHash()
        try entry.file.truncate(size)
    }

    /// Removes what is staged and belongs to nobody.
    func forget(_ token: UInt64) {
        guard let entry = try? staging.entry(token) else { return }
        staging.close(token)
        try? entry.file.discard()
        try? store.removeGrowth(token)
    }

    func drop(_ file: FileReplication.StagedFile) throws {
        let token = StagingTable.token(of: file)
        let entry = try staging.entry(token)
        staging.close(token)
        try entry.file.discard()
        if case .growing = file { try store.removeGrowth(token) }
    }
}

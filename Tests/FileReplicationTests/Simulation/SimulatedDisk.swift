import FileReplication

/// The files of a folder on one node, and what is done with them.
struct SimulatedDisk {
    struct Item: Equatable {
        var metadata: FileMetadata
        var content: [UInt8] = []
        var inode: UInt64

        var hash: ContentHash? { metadata.kind == .file ? testHash(content) : nil }
    }

    static let chunkSize = 4096

    private(set) var items: [TreePath: Item] = [:]
    private(set) var staged: [StagedFile: [UInt8]] = [:]
    private var lastInode: UInt64 = 0
    /// Fails what writes, when it is set.
    var failure: JobFailure?

    // MARK: What users do

    mutating func write(_ path: TreePath, _ content: [UInt8], at time: Int64) {
        lastInode += 1
        let metadata = FileMetadata(kind: .file, size: UInt64(content.count), modified: time)
        items[path] = Item(metadata: metadata, content: content, inode: lastInode)
    }

    mutating func append(_ path: TreePath, _ content: [UInt8], at time: Int64) {
        items[path]?.content += content
        items[path]?.metadata.size += UInt64(content.count)
        items[path]?.metadata.modified = time
    }

    mutating func makeDirectory(_ path: TreePath) {
        lastInode += 1
        items[path] = Item(metadata: FileMetadata(kind: .directory, mode: 0o755), inode: lastInode)
    }

    mutating func makeLink(_ path: TreePath, to target: String, at time: Int64) {
        lastInode += 1
        let metadata = FileMetadata(kind: .symbolicLink, mode: 0o777, target: Array(target.utf8))
        items[path] = Item(metadata: metadata, inode: lastInode)
    }

    mutating func remove(_ path: TreePath) {
        for below in items.keys where below == path || below.isBelow(path) { items[below] = nil }
    }

    mutating func rename(_ from: TreePath, to target: TreePath) {
        for path in items.keys where path == from || path.isBelow(from) {
            guard let moved = try? TreePath(target.bytes + path.bytes.dropFirst(from.bytes.count)) else { continue }
            items[moved] = items.removeValue(forKey: path)
        }
    }

    func observation(_ path: TreePath) -> FileObservation? {
        items[path].map {
            FileObservation(
                metadata: $0.metadata,
                hash: $0.hash,
                identity: FileIdentity(device: 1, inode: $0.inode)
            )
        }
    }

    func listing(_ directory: TreePath) -> [(name: [UInt8], metadata: FileMetadata, identity: FileIdentity?)] {
        items.filter { $0.key.parent == directory }.sorted { $0.key < $1.key }.map {
            ($0.key.name, $0.value.metadata, FileIdentity(device: 1, inode: $0.value.inode))
        }
    }

    var directories: [TreePath] {
        [.root] + items.filter { $0.value.metadata.kind == .directory }.map(\.key).sorted()
    }

    // MARK: What the replica does

    private func check(_ path: TreePath, _ expectation: Expectation) throws(JobFailure) {
        switch (expectation, items[path]) {
        case (.nothing, nil): break
        case (.version(let metadata, let identity), let item?):
            guard metadata.kind == item.metadata.kind else { throw .changed }
            if let identity, identity.inode != item.inode { throw .changed }
            if metadata.kind == .file {
                guard metadata.size == item.metadata.size, metadata.modified == item.metadata.modified else {
                    throw .changed
                }
            }
        default: throw .changed
        }
    }

    private func checkParent(_ path: TreePath) throws(JobFailure) {
        guard let parent = path.parent, !parent.isRoot else { return }
        guard items[parent]?.metadata.kind == .directory else { throw .noParent }
    }

    private mutating func put(
        _ path: TreePath,
        _ metadata: FileMetadata,
        _ content: [UInt8],
        _ expectation: Expectation
    ) throws(JobFailure) -> JobOutcome {
        if let failure { throw failure }
        try checkParent(path)
        try check(path, expectation)
        guard items[path]?.metadata.kind != .directory || metadata.kind == .directory else { throw .notEmpty }
        lastInode += 1
        items[path] = Item(metadata: metadata, content: content, inode: lastInode)
        return .done(FileIdentity(device: 1, inode: lastInode))
    }

    mutating func perform(_ job: ReplicaJob) -> JobOutcome {
        do throws(JobFailure) {
            return try carryOut(job)
        } catch {
            return .failed(error)
        }
    }

    private mutating func carryOut(_ job: ReplicaJob) throws(JobFailure) -> JobOutcome {
        switch job {
        case .inspect(let path, let known):
            var seen = observation(path)
            if let known, let content = items[path]?.content, content.count > Int(known.size) {
                seen?.isContinuation = testHash(content.prefix(Int(known.size))) == known.hash
            }
            return .observed(seen)
        case .beginEmpty(let hash):
            if let failure { throw failure }
            guard staged[.content(hash), default: []].isEmpty else { throw .changed }
            staged[.content(hash)] = []
            return .done(nil)
        case .begin(let hash, let path, let expectation):
            if let failure { throw failure }
            try check(path, expectation)
            write(items[path]?.content ?? [], at: 0, to: .content(hash))
            return .done(nil)
        case .listChunks(let path, let hash, let offset): return try chunks(path, hash, from: offset)
        case .read(let path, let offset, let length, let expected):
            if let expected { try check(path, expected) }
            guard let item = items[path], item.metadata.kind == .file else { throw .missing }
            let start = min(Int(offset), item.content.count)
            return .bytes(Array(item.content[start..<min(start + length, item.content.count)]))
        case .fill(let hash, _, let chunks, let sources, let growth):
            return fill(hash, chunks, sources, growth)
        case .write(let file, let offset, let bytes, let hash):
            if let failure { throw failure }
            if let hash, testHash(bytes) != hash { throw .corrupt }
            write(bytes, at: Int(offset), to: file)
            return .done(nil)
        case .promote(let dot, let hash, let size):
            guard let bytes = staged[.growing(dot)], bytes.count == Int(size), testHash(bytes) == hash else {
                throw .corrupt
            }
            staged[.content(hash)] = staged.removeValue(forKey: .growing(dot))
            return .done(nil)
        case .truncate(let dot, let size):
            guard let bytes = staged[.growing(dot)], bytes.count >= Int(size) else { throw .missing }
            staged[.growing(dot)] = Array(bytes.prefix(Int(size)))
            return .done(nil)
        case .drop(let file):
            staged[file] = nil
            return .done(nil)
        default: return try change(job)
        }
    }

    private mutating func change(_ job: ReplicaJob) throws(JobFailure) -> JobOutcome {
        switch job {
        case .place(let file, let path, let metadata, let expectation):
            let bytes = staged[file] ?? []
            if case .content(let hash) = file {
                guard metadata.size == 0 || staged[file] != nil else { throw .missing }
                guard bytes.count == Int(metadata.size), testHash(bytes) == hash else { throw .corrupt }
            }
            let outcome = try put(path, metadata, bytes, expectation)
            staged[file] = nil
            return outcome
        case .copy(let source, let path, let metadata, let hash, let expectation):
            return try put(path, metadata, try content(source, hash), expectation)
        case .move(let source, let expected, let path, let metadata, let hash, let expectation):
            try check(source, expected)
            let outcome = try put(path, metadata, try content(source, hash), expectation)
            items[source] = nil
            return outcome
        case .link(let source, let expected, let path, let hash, let expectation):
            try check(source, expected)
            guard let item = items[source] else { throw .missing }
            return try put(path, item.metadata, try content(source, hash), expectation)
        case .makeDirectory(let path, let metadata, let expectation),
            .makeLink(let path, let metadata, let expectation):
            return try put(path, metadata, [], expectation)
        case .setMetadata(let path, let metadata, let expectation):
            if let failure { throw failure }
            try check(path, expectation)
            items[path]?.metadata = metadata
            return .done(items[path].map { FileIdentity(device: 1, inode: $0.inode) })
        case .remove(let path, let expectation):
            if let failure { throw failure }
            try check(path, expectation)
            guard !items.keys.contains(where: { $0.isBelow(path) }) else { throw .notEmpty }
            items[path] = nil
            return .done(nil)
        case .preserve(let path, let copy, let expectation):
            try check(path, expectation)
            guard let copy, let item = items[path] else { return .done(nil) }
            return try put(copy, item.metadata, item.content, .nothing)
        default: throw .other
        }
    }

    private func content(_ path: TreePath, _ hash: ContentHash) throws(JobFailure) -> [UInt8] {
        guard let item = items[path] else { throw .missing }
        guard item.hash == hash else { throw .corrupt }
        return item.content
    }

    /// Chunks of one length: what is told of boundaries does not matter here.
    private func chunks(_ path: TreePath, _ hash: ContentHash, from offset: UInt64) throws(JobFailure) -> JobOutcome {
        let content = try content(path, hash)
        var chunks: [ContentChunk] = []
        var start = Int(offset)
        while start < content.count, chunks.count < 8 {
            let end = min(start + Self.chunkSize, content.count)
            chunks.append(
                ContentChunk(
                    offset: UInt64(start),
                    length: UInt32(end - start),
                    hash: testHash(content[start..<end])
                )
            )
            start = end
        }
        return .chunks(chunks, isLast: start == content.count)
    }

    private mutating func write(_ bytes: [UInt8], at offset: Int, to file: StagedFile) {
        var content = staged[file] ?? []
        if content.count < offset + bytes.count {
            content += Array(repeating: 0, count: offset + bytes.count - content.count)
        }
        content.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        staged[file] = content
    }

    private mutating func fill(
        _ hash: ContentHash,
        _ chunks: [ContentChunk],
        _ sources: [TreePath],
        _ growth: Dot?
    ) -> JobOutcome {
        let bases =
            sources.compactMap { items[$0]?.content } + [growth.flatMap { staged[.growing($0)] } ?? []]
            + [staged[.content(hash)] ?? []]
        var missing: [Int] = []
        for (number, chunk) in chunks.enumerated() {
            let range = Int(chunk.offset)..<(Int(chunk.offset) + Int(chunk.length))
            let base = bases.first { $0.count >= range.upperBound && testHash($0[range]) == chunk.hash }
            if let base {
                write(Array(base[range]), at: range.lowerBound, to: .content(hash))
            } else {
                missing.append(number)
            }
        }
        return .missing(missing)
    }
}

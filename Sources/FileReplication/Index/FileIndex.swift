/// All entries of a folder, by directories, each with a digest of what is beneath it.
///
/// Two nodes whose root digests are equal have the same records; otherwise they go down where digests differ (Merkle's tree).
public struct FileIndex: Sendable {
    private struct Directory {
        var entries = EntryPages()
        /// The sum of the entries' digests.
        var own = EntryDigest.zero
        /// The sum of what stands for directories in it.
        var below = EntryDigest.zero
        var parent: Int?
        var path: TreePath
        var children: Set<Int> = []

        /// Stands for all that is beneath; zero for nothing.
        var digest: EntryDigest {
            guard own != .zero || below != .zero else { return .zero }
            var mixer = DigestMixer()
            for word in [own.high, own.low, below.high, below.low] { mixer.add(word) }
            return mixer.digest
        }

        /// What it adds to its parent.
        var share: EntryDigest {
            let digest = digest
            guard digest != .zero else { return .zero }
            var mixer = DigestMixer()
            mixer.add(path.name)
            mixer.add(digest.high)
            mixer.add(digest.low)
            return mixer.digest
        }
    }

    /// What a directory holds, for a peer that compares.
    public struct Summary: Hashable, Sendable {
        /// The number of buckets is 2 to the power of this.
        public var bits: Int
        /// The sum of the digests in each bucket.
        public var buckets: [EntryDigest]
    }

    private var directories: [Directory] = [Directory(parent: nil, path: .root)]
    private var numbers: [TreePath: Int] = [.root: 0]
    private var free: [Int] = []

    /// How many paths there are, those of deleted files included.
    public private(set) var count = 0
    /// How many files, links and directories there are.
    public private(set) var liveCount = 0
    /// How many of them this node has on its disk.
    public private(set) var heldCount = 0
    /// How many bytes of files this node has on its disk.
    public private(set) var heldBytes: UInt64 = 0
    /// How many paths are not what they should be, and how many bytes the files among them will have.
    public private(set) var unsettledCount = 0
    /// Likewise.
    public private(set) var unsettledBytes: UInt64 = 0
    /// How many bytes of memory all that is known takes at most, about: each path counts as a whole, as it does while something
    /// is done there, and so does each directory on the way.
    public private(set) var byteCount = 0

    /// What a directory takes beside its path and entries.
    private static let directoryBytes = 256

    /// Nothing is known.
    public init() {}

    /// Stands for everything.
    public var digest: EntryDigest { directories[0].digest }

    /// What is known of a path; an entry in which nothing is, when nothing is known.
    public subscript(_ path: TreePath) -> IndexEntry {
        get {
            guard let parent = path.parent, let number = numbers[parent] else { return IndexEntry() }
            guard let body = directories[number].entries[path.name] else { return IndexEntry() }
            return (try? IndexEntry(decoding: body)) ?? IndexEntry()
        }
        set { change(path, from: self[path], to: newValue) }
    }

    /// Puts something in the place of what is known of a path, which whoever changes it has looked at.
    mutating func change(_ path: TreePath, from old: IndexEntry, to entry: IndexEntry) {
        guard old != entry, let parent = path.parent else { return }
        let name = path.name
        let number = number(of: parent)
        byteCount -= Self.bytes(in: directories[number])
        directories[number].entries.set(name, to: entry.isEmpty ? nil : entry.encoded)
        byteCount += Self.bytes(in: directories[number])
        count += (entry.isEmpty ? 0 : 1) - (old.isEmpty ? 0 : 1)
        heldCount += (entry.held == nil ? 0 : 1) - (old.held == nil ? 0 : 1)
        liveCount += (entry.record.isTombstone ? 0 : 1) - (old.record.isTombstone ? 0 : 1)
        heldBytes = heldBytes &- (old.held?.metadata.size ?? 0) &+ (entry.held?.metadata.size ?? 0)
        unsettledCount += (entry.isSettled ? 0 : 1) - (old.isSettled ? 0 : 1)
        unsettledBytes = unsettledBytes &- old.bytesToCome &+ entry.bytesToCome
        if old.record != entry.record {
            let before = old.record.isUnknown ? .zero : old.record.digest(name: name)
            let after = entry.record.isUnknown ? .zero : entry.record.digest(name: name)
            add(after - before, to: number)
        }
        prune(number)
    }

    private static func bytes(in directory: Directory) -> Int {
        directory.entries.byteCount + directory.entries.count * directory.path.bytes.count
    }

    /// Adds to a directory's own digest, and passes on what that means to the root.
    private mutating func add(_ difference: EntryDigest, to number: Int) {
        var share = directories[number].share
        directories[number].own = directories[number].own + difference
        var current = number
        while let parent = directories[current].parent {
            let change = directories[current].share - share
            share = directories[parent].share
            directories[parent].below = directories[parent].below + change
            current = parent
        }
    }

    /// The directory's number; it gets one, and so do those above it.
    private mutating func number(of path: TreePath) -> Int {
        if let number = numbers[path] { return number }
        let parent = path.parent.map { self.number(of: $0) }
        let directory = Directory(parent: parent, path: path)
        let number: Int
        if let unused = free.popLast() {
            directories[unused] = directory
            number = unused
        } else {
            number = directories.count
            directories.append(directory)
        }
        numbers[path] = number
        byteCount += Self.directoryBytes + path.bytes.count
        if let parent { directories[parent].children.insert(number) }
        return number
    }

    /// Takes directories out in which nothing is known any more.
    private mutating func prune(_ number: Int) {
        var current = number
        while let parent = directories[current].parent, directories[current].entries.count == 0,
            directories[current].children.isEmpty
        {
            numbers[directories[current].path] = nil
            byteCount -= Self.directoryBytes + directories[current].path.bytes.count
            directories[parent].children.remove(current)
            directories[current] = Directory(parent: nil, path: .root)
            free.append(current)
            current = parent
        }
    }

    /// The digest of what is beneath a directory; zero for nothing.
    public func digest(of directory: TreePath) -> EntryDigest {
        numbers[directory].map { directories[$0].digest } ?? .zero
    }

    /// The directories in a directory in which something is known, by name, with their digests.
    public func children(of directory: TreePath) -> [(name: [UInt8], digest: EntryDigest)] {
        guard let number = numbers[directory] else { return [] }
        return directories[number].children
            .map { (directories[$0].path.name, directories[$0].digest) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }

    /// The digest of the entries in a directory, without what is beneath.
    public func ownDigest(of directory: TreePath) -> EntryDigest {
        numbers[directory].map { directories[$0].own } ?? .zero
    }

    /// How many entries there are in a directory.
    public func entryCount(of directory: TreePath) -> Int {
        numbers[directory].map { directories[$0].entries.count } ?? 0
    }

    /// The entries in a directory, in the order of names.
    public func entries(of directory: TreePath) -> [(name: [UInt8], entry: IndexEntry)] {
        var found: [(name: [UInt8], entry: IndexEntry)] = []
        forEachEntry(of: directory) { name, entry in found.append((Array(name), entry)) }
        return found
    }

    /// Calls with each entry in a directory, in the order of names.
    func forEachEntry(of directory: TreePath, _ body: (ArraySlice<UInt8>, IndexEntry) -> Void) {
        guard let number = numbers[directory] else { return }
        directories[number].entries.forEach { name, bytes in
            guard let entry = try? IndexEntry(decoding: Array(bytes)) else { return }
            body(name, entry)
        }
    }

    /// The entries in a directory whose names fall into a bucket.
    public func records(of directory: TreePath, bucket: Int, bits: Int) -> [(name: [UInt8], record: FileRecord)] {
        var found: [(name: [UInt8], record: FileRecord)] = []
        guard let number = numbers[directory] else { return found }
        directories[number].entries.forEach { name, body in
            guard DigestMixer.bucket(of: name, bits: bits) == bucket else { return }
            guard let entry = try? IndexEntry(decoding: Array(body)), !entry.record.isUnknown else { return }
            found.append((Array(name), entry.record))
        }
        return found
    }

    /// What stands for a directory's entries in 2^`bits` buckets.
    public func summary(of directory: TreePath, bits: Int) -> Summary {
        var summary = Summary(bits: bits, buckets: Array(repeating: .zero, count: 1 << bits))
        guard let number = numbers[directory] else { return summary }
        directories[number].entries.forEach { name, body in
            guard let entry = try? IndexEntry(decoding: Array(body)), !entry.record.isUnknown else { return }
            let bucket = DigestMixer.bucket(of: name, bits: bits)
            summary.buckets[bucket] = summary.buckets[bucket] + entry.record.digest(name: name)
        }
        return summary
    }

    /// Whether something that exists is known beneath a directory.
    public func hasLiveEntries(beneath directory: TreePath) -> Bool {
        guard let number = numbers[directory] else { return false }
        var isLive = false
        directories[number].entries.forEach { _, body in
            guard !isLive, let entry = try? IndexEntry(decoding: Array(body)) else { return }
            isLive = !entry.record.isTombstone
        }
        return isLive || directories[number].children.contains { hasLiveEntries(beneath: directories[$0].path) }
    }

    /// All paths, directory by directory.
    public var paths: [TreePath] {
        var paths: [TreePath] = []
        for (path, number) in numbers {
            directories[number].entries.forEach { name, _ in
                if let below = try? path.appending(Array(name)) { paths.append(below) }
            }
        }
        return paths.sorted()
    }

    /// How many bytes the entries have set aside.
    public var capacity: Int { directories.reduce(0) { $0 + $1.entries.capacity } }
}

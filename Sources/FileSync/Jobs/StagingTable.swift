import FileReplication
import FileTrees
import Synchronization

/// The staged files of a folder, as far as they are open, and how much of each was hashed while it was written.
///
/// What is done with one file is done by one thread at a time: the jobs for it are in one lane.
final class StagingTable: Sendable {
    /// The most files that are kept open.
    static let mostOpen = 600

    // @unchecked: used in the lane of its file only.
    /// A staged file that is being written.
    final class Entry: @unchecked Sendable {
        let file: FileTrees.StagedFile
        private var hasher = ContentHasher()
        /// Up to where all bytes were hashed; `nil` when something was written that had been hashed.
        private var hashed: UInt64? = 0
        /// What was written further on, by its offset.
        private var beyond: [UInt64: UInt64] = [:]

        init(_ file: FileTrees.StagedFile) {
            self.file = file
            if !file.wasEmpty { hashed = nil }
        }

        /// Whether bytes at an offset are the next ones to be hashed.
        func isInOrder(_ offset: UInt64) -> Bool { hashed == offset }

        /// Writes bytes, and hashes what has become complete from the beginning on.
        func write(_ bytes: [UInt8], at offset: UInt64) throws(FileTreeError) {
            try file.write(bytes, at: offset)
            guard let end = hashed else { return }
            guard offset >= end else { return forgetHash() }
            guard offset == end else {
                beyond[offset] = UInt64(bytes.count)
                return
            }
            hasher.update(bytes)
            var next = end + UInt64(bytes.count)
            while let count = beyond.removeValue(forKey: next) {
                hasher.update(try file.read(Int(count), at: next))
                next += count
            }
            hashed = next
        }

        /// Something else was done with the file.
        func forgetHash() { (hashed, beyond) = (nil, [:]) }

        /// The hash of all of it.
        func hash(size: UInt64) throws(FileTreeError) -> ContentHash {
            if hashed == size, beyond.isEmpty { return hasher.finish() }
            return try file.hash()
        }
    }

    private let folder: TreeFolder
    private let open = Mutex<[UInt64: Entry]>([:])

    init(_ folder: TreeFolder) {
        self.folder = folder
    }

    /// The file with a token; it is made if there is none.
    func entry(_ token: UInt64) throws(FileTreeError) -> Entry {
        if let known = open.withLock({ $0[token] }) { return known }
        let entry = Entry(try FileTrees.StagedFile(token, in: folder))
        open.withLock { open in
            if open.count >= Self.mostOpen, let other = open.keys.first { open[other] = nil }
            open[token] = entry
        }
        return entry
    }

    /// The file is at its place, or is to be forgotten.
    func close(_ token: UInt64) { open.withLock { $0[token] = nil } }

    /// By what a staged file is found again.
    static func token(of file: FileReplication.StagedFile) -> UInt64 {
        switch file {
        case .content(let hash): token(of: hash)
        case .growing(let dot): token(of: dot)
        }
    }

    static func token(of hash: ContentHash) -> UInt64 {
        hash.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func token(of dot: Dot) -> UInt64 {
        var mixed = dot.node.number &* 0x9E37_79B9_7F4A_7C15 ^ dot.counter
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        return mixed ^ mixed >> 31
    }
}

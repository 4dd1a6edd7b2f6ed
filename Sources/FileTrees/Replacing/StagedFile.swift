import CFileTrees
public import FileReplication
import Glibc

/// A file that is being put together out of sight, and survives a restart; ``TreePlacer`` puts it at its place.
///
/// Zeros are left as holes. It belongs to one task at a time.
public final class StagedFile: Sendable {
    /// The size of what is a hole or none.
    private static let block = 4096
    /// The most bytes that are moved at once.
    private static let portion = 1 << 20

    /// What it is called.
    public let token: UInt64
    let file: OpenFile
    let name: [UInt8]
    /// Whether there was nothing in it when it was opened.
    public let wasEmpty: Bool
    /// How often writing had failed before it was begun; `nil` when it was begun earlier.
    let failuresBefore: Int?
    private let directory: OpenFile

    /// Makes it, or opens the one that there is.
    public init(_ token: UInt64, in folder: TreeFolder) throws(FileTreeError) {
        self.token = token
        name = Self.name(of: token)
        directory = folder.staged
        let failures = folder.barrier.failures
        file = try directory.open(name, flags: O_RDWR | O_CREAT, mode: 0o600)
        wasEmpty = try file.status().size == 0
        failuresBefore = wasEmpty ? failures : nil
    }

    private static let suffix = Array(".file".utf8)

    static func name(of token: UInt64) -> [UInt8] {
        let digits = Array(String(token, radix: 16).utf8)
        return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 16 - digits.count)) + digits + suffix
    }

    static func token(of name: [UInt8]) -> UInt64? {
        guard name.count == 16 + suffix.count, name.suffix(suffix.count).elementsEqual(suffix) else { return nil }
        guard let token = UInt64(String(decoding: name.prefix(16), as: UTF8.self), radix: 16) else { return nil }
        return Self.name(of: token) == name ? token : nil
    }

    /// How long it is, in bytes.
    public var size: UInt64 {
        get throws(FileTreeError) { try file.status().size }
    }

    /// Puts bytes at an offset.
    public func write(_ bytes: [UInt8], at offset: UInt64) throws(FileTreeError) {
        let (end, isTooFar) = offset.addingReportingOverflow(UInt64(bytes.count))
        guard !isTooFar, end <= UInt64(Int64.max) else { throw FileTreeError(.tooLarge) }
        var from = 0
        var isZero = false
        var index = 0
        while index < bytes.count {
            let inBlock = Self.block - Int((offset + UInt64(index)) % UInt64(Self.block))
            let next = min(index + inBlock, bytes.count)
            let blockIsZero = bytes[index..<next].allSatisfy { $0 == 0 }
            if blockIsZero != isZero {
                try put(bytes[from..<index], isZero: isZero, at: offset + UInt64(from))
                (from, isZero) = (index, blockIsZero)
            }
            index = next
        }
        try put(bytes[from...], isZero: isZero, at: offset + UInt64(from))
    }

    private func put(_ bytes: ArraySlice<UInt8>, isZero: Bool, at offset: UInt64) throws(FileTreeError) {
        guard !bytes.isEmpty else { return }
        let end = offset + UInt64(bytes.count)
        if isZero, try isHole(from: offset, to: end) {
            if try size < end { try file.setSize(end) }
        } else {
            try file.write(bytes, at: offset)
        }
    }

    /// Whether there are no bytes in a range but those of a hole.
    private func isHole(from start: UInt64, to end: UInt64) throws(FileTreeError) -> Bool {
        guard let start = Int64(exactly: start) else { throw FileTreeError(.tooLarge) }
        let data = cfiletrees_next_data(file.descriptor, start)
        if data == -Int64(ENXIO) { return true }
        // Where a file system cannot say, zeros are written.
        return data >= 0 && UInt64(data) >= end
    }

    /// Puts bytes of a file of the folder at an offset.
    ///
    /// - Throws: `changed` when the file has become shorter.
    public func copy(
        _ folder: TreeFolder,
        _ path: TreePath,
        from offset: UInt64,
        count: UInt64,
        to place: UInt64
    ) throws(FileTreeError) {
        try copy(try folder.openFile(path), from: offset, count: count, to: place)
    }

    /// Puts bytes of another staged file at an offset.
    public func copy(
        _ staged: StagedFile,
        from offset: UInt64,
        count: UInt64,
        to place: UInt64
    ) throws(FileTreeError) {
        guard staged !== self else { throw FileTreeError(.refused) }
        try copy(staged.file, from: offset, count: count, to: place)
    }

    func copy(_ base: OpenFile, from offset: UInt64, count: UInt64, to place: UInt64) throws(FileTreeError) {
        let (end, isTooFar) = offset.addingReportingOverflow(count)
        let (placeEnd, isPlaceTooFar) = place.addingReportingOverflow(count)
        guard !isTooFar, !isPlaceTooFar, placeEnd <= UInt64(Int64.max) else { throw FileTreeError(.tooLarge) }
        guard end <= (try base.status().size) else { throw FileTreeError(.changed) }
        var done: UInt64 = 0
        while done < count {
            let (portion, isHole) = Self.run(
                of: base,
                at: offset + done,
                limit: min(count - done, UInt64(Self.portion))
            )
            if isHole, try self.isHole(from: place + done, to: place + done + portion) {
                if try size < place + done + portion { try file.setSize(place + done + portion) }
            } else {
                try copyPortion(base, from: offset + done, count: Int(portion), to: place + done)
            }
            done += portion
        }
    }

    /// How far a hole, or what is none, goes from an offset on.
    private static func run(of base: OpenFile, at offset: UInt64, limit: UInt64) -> (count: UInt64, isHole: Bool) {
        let start = Int64(clamping: offset)
        let data = cfiletrees_next_data(base.descriptor, start)
        if data == -Int64(ENXIO) { return (limit, true) }
        if data > start { return (min(limit, UInt64(data - start)), true) }
        let hole = cfiletrees_next_hole(base.descriptor, start)
        return hole > start ? (min(limit, UInt64(hole - start)), false) : (limit, false)
    }

    private func copyPortion(
        _ base: OpenFile,
        from offset: UInt64,
        count: Int,
        to place: UInt64
    ) throws(FileTreeError) {
        var done = 0
        while done < count {
            let copied = cfiletrees_copy(
                base.descriptor,
                Int64(clamping: offset + UInt64(done)),
                file.descriptor,
                Int64(clamping: place + UInt64(done)),
                count - done
            )
            if copied > 0 {
                done += Int(copied)
                continue
            }
            if copied < 0, [EINTR].contains(Int32(-copied)) { continue }
            let error = FileTreeError(code: Int32(clamping: -copied))
            if copied < 0, error.stopsWriting || error.reason == .tooLarge { throw error }
            // The system cannot copy between these, or the base is at its end.
            let bytes = try base.read(count - done, at: offset + UInt64(done))
            guard bytes.count == count - done else { throw FileTreeError(.changed) }
            return try file.write(bytes[...], at: place + UInt64(done))
        }
    }

    /// Makes it longer, with a hole, or shorter.
    public func truncate(_ size: UInt64) throws(FileTreeError) { try file.setSize(size) }

    /// Bytes of it; fewer than `count` at its end.
    public func read(_ count: Int, at offset: UInt64) throws(FileTreeError) -> [UInt8] {
        try file.read(count, at: offset)
    }

    /// The hash of all of it.
    public func hash() throws(FileTreeError) -> ContentHash { try ContentHasher.hash(file) }

    /// The chunks of it, as they are cut in files of the size that it will have.
    public func chunks(scale: ContentChunker.Scale) throws(FileTreeError) -> [ContentChunk] {
        try ContentChunker.chunks(of: file, scale: scale)
    }

    /// Gives it another token, in place of a file that has it; it is used by what this returns from now on.
    ///
    /// - Throws: `changed` when it is gone.
    public func renamed(to token: UInt64) throws(FileTreeError) -> StagedFile {
        do {
            try directory.rename(name, to: directory, Self.name(of: token), whenTaken: .replace)
        } catch {
            throw error.reason == .missing ? FileTreeError(.changed) : error
        }
        return StagedFile(token, self)
    }

    /// The same file under another token.
    private init(_ token: UInt64, _ other: StagedFile) {
        self.token = token
        name = Self.name(of: token)
        (file, directory) = (other.file, other.directory)
        (wasEmpty, failuresBefore) = (other.wasEmpty, other.failuresBefore)
    }

    /// Removes it.
    public func discard() throws(FileTreeError) { try directory.remove(name, isDirectory: false) }
}

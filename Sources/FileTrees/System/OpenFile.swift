import CFileTrees
import Glibc

/// An open file or directory; it is closed with the last reference.
final class OpenFile: Sendable {
    /// The most bytes of one read or write.
    static let largestTransfer = 1 << 30

    let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Opens a path of the operator's, which may lead over symbolic links.
    convenience init(path: String, flags: Int32) throws(FileTreeError) {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileTreeError(code: errno) }
        self.init(descriptor)
    }

    /// Opens a path beneath this directory, without following any symbolic link; an empty one is the directory itself.
    func open(_ path: [UInt8], flags: Int32, mode: UInt32 = 0) throws(FileTreeError) -> OpenFile {
        let path = path.isEmpty ? [UInt8(ascii: ".")] : path
        let result = unsafe withCPath(path) { unsafe cfiletrees_open(descriptor, $0, flags, mode) }
        guard result >= 0 else { throw FileTreeError(code: -result) }
        return OpenFile(result)
    }

    /// What the file is.
    func status() throws(FileTreeError) -> SystemStatus {
        var status = cfiletrees_status()
        try check(unsafe cfiletrees_stat(descriptor, nil, &status))
        return SystemStatus(status)
    }

    /// What a name in this directory is; a symbolic link is itself.
    func status(of name: [UInt8]) throws(FileTreeError) -> SystemStatus {
        var status = cfiletrees_status()
        try check(unsafe withCPath(name) { unsafe cfiletrees_stat(descriptor, $0, &status) })
        return SystemStatus(status)
    }

    /// Likewise; `nil` when there is nothing by that name.
    func statusIfPresent(of name: [UInt8]) throws(FileTreeError) -> SystemStatus? {
        do {
            return try status(of: name)
        } catch  where error.reason == .missing {
            return nil
        }
    }

    /// Reads up to `count` bytes; fewer only at the end.
    func read(_ count: Int, at offset: UInt64) throws(FileTreeError) -> [UInt8] {
        guard let start = Int(exactly: offset), count >= 0, count <= Self.largestTransfer else {
            throw FileTreeError(.refused)
        }
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...]
                )
                let taken = unsafe pread(descriptor, rest.baseAddress, rest.count, start &+ filled)
                if taken < 0, errno == EINTR { continue }
                if taken < 0 { failure = errno }
                guard taken > 0 else { break }
                filled += taken
            }
        }
        guard failure == 0 else { throw FileTreeError(code: failure) }
        return bytes
    }

    /// Writes all of the bytes.
    func write(_ bytes: ArraySlice<UInt8>, at offset: UInt64) throws(FileTreeError) {
        guard var place = Int(exactly: offset), place <= Int.max - bytes.count else {
            throw FileTreeError(.tooLarge)
        }
        var rest = bytes
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, place) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw FileTreeError(code: written < 0 ? errno : EIO) }
            rest = rest.dropFirst(written)
            place += written
        }
    }

    /// Waits until the file's bytes, or the directory's names, are on the disk.
    func synchronize() throws(FileTreeError) {
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw FileTreeError(code: errno) }
        }
    }

    /// Makes the file longer, with a hole, or shorter.
    func setSize(_ size: UInt64) throws(FileTreeError) {
        guard let size = Int(exactly: size) else { throw FileTreeError(.tooLarge) }
        guard ftruncate(descriptor, size) == 0 else { throw FileTreeError(code: errno) }
    }

    /// The names in this directory, not in any order.
    ///
    /// - Throws: `refused` when there are more than `limit`.
    func names(limit: Int) throws(FileTreeError) -> [[UInt8]] {
        guard let listing = unsafe cfiletrees_list(descriptor) else { throw FileTreeError(code: errno) }
        defer { unsafe cfiletrees_list_end(listing) }
        var names: [[UInt8]] = []
        while true {
            var start: UnsafePointer<CChar>?
            let length = unsafe cfiletrees_list_next(listing, &start)
            guard length >= 0 else { throw FileTreeError(code: -length) }
            guard length > 0, let start = unsafe start else { return names }
            guard names.count < limit else { throw FileTreeError(.refused) }
            unsafe names.append([UInt8](UnsafeRawBufferPointer(start: start, count: Int(length))))
        }
    }

    /// Renames a name of this directory.
    func rename(
        _ name: [UInt8],
        to directory: OpenFile,
        _ newName: [UInt8],
        whenTaken: WhenTaken
    ) throws(FileTreeError) {
        try check(
            unsafe withCPath(name) { name in
                unsafe withCPath(newName) { newName in
                    unsafe cfiletrees_rename(descriptor, name, directory.descriptor, newName, whenTaken.rawValue)
                }
            }
        )
    }

    /// Removes a name of this directory: of an empty directory, or of anything else.
    func remove(_ name: [UInt8], isDirectory: Bool) throws(FileTreeError) {
        let result = unsafe withCPath(name) { unsafe unlinkat(descriptor, $0, isDirectory ? AT_REMOVEDIR : 0) }
        guard result == 0 else { throw FileTreeError(code: errno) }
    }

    /// What becomes of a rename when the new name is taken.
    enum WhenTaken: Int32 {
        case replace = 0
        case fail = 1
        case exchange = 2
    }
}

/// Runs a system call with bytes that end with a zero.
///
/// Paths and names have none within.
func withCPath<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    var text = ContiguousArray<CChar>()
    text.reserveCapacity(bytes.count + 1)
    for byte in bytes { text.append(CChar(bitPattern: byte)) }
    text.append(0)
    return unsafe text.withUnsafeBufferPointer { buffer in
        // It has the zero at least, so there is a first one.
        guard let start = buffer.baseAddress else { return unsafe body("") }
        return unsafe body(start)
    }
}

/// Throws what a call of CFileTrees says.
func check(_ result: Int32) throws(FileTreeError) {
    guard result >= 0 else { throw FileTreeError(code: -result) }
}

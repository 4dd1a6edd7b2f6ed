import Base
import Synchronization
import XMLConfig

#if canImport(Glibc)
import Glibc
#endif

/// What is known, on the disk: written and read piece by piece, for it may be longer than what is kept in memory.
final class SnapshotFile: Sendable {
    /// How much is written at once, in bytes.
    private static let piece = 1 << 16

    let path: String
    /// One writes at a time.
    private let writing = Mutex(())

    init(path: String) {
        self.path = path
    }

    /// Writes what is known, beside the file, which it replaces when it is on the disk as a whole.
    func write(_ steering: Steering, at now: MonotonicInstant) throws(SystemFault) {
        try writing.withLock { (_) throws(SystemFault) in
            let temporary = path + ".new"
            let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
            let descriptor = open(temporary, flags, 0o600)
            guard descriptor >= 0 else { throw SystemFault() }
            defer { close(descriptor) }
            do throws(SystemFault) {
                var pending: [UInt8] = []
                pending.reserveCapacity(Self.piece + SteeringSnapshot.maximumLine)
                try SteeringSnapshot.write(steering, at: now) { (line) throws(SystemFault) in
                    pending += line.utf8
                    pending.append(UInt8(ascii: "\n"))
                    guard pending.count >= Self.piece else { return }
                    try Self.write(pending, to: descriptor)
                    pending.removeAll(keepingCapacity: true)
                }
                try Self.write(pending, to: descriptor)
                guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw SystemFault() }
            } catch {
                unlink(temporary)
                throw error
            }
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: CInt) throws(SystemFault) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            guard count > 0 || errno == EINTR else { throw SystemFault() }
            written += max(count, 0)
        }
    }

    /// Takes what the file says.
    ///
    /// - Returns: How many lines were understood; `nil` when it is no snapshot.
    func read(into steering: inout Steering, at now: MonotonicInstant) throws(SystemFault) -> Int? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemFault() }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemFault() }
        guard status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) <= SteeringSnapshot.maximumLength else {
            throw SystemFault(code: EFBIG)
        }
        let age = Duration.seconds(max(0, Int64(MachineClock.wall.seconds) - Int64(status.st_mtim.tv_sec)))
        var reader = SteeringSnapshot.Reader(age: age, now: now)
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        var line: [UInt8] = []
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemFault() }
            guard count > 0 else { break }
            for byte in buffer[..<count] {
                guard byte == UInt8(ascii: "\n") else {
                    if line.count <= SteeringSnapshot.maximumLine { line.append(byte) }
                    continue
                }
                defer { line.removeAll(keepingCapacity: true) }
                guard !line.isEmpty, line.count <= SteeringSnapshot.maximumLine else { continue }
                guard reader.take(String(decoding: line, as: UTF8.self), into: &steering) else { return nil }
            }
        }
        return reader.finish(&steering)
    }
}

/// What the system would not do.
struct SystemFault: Error, Hashable, CustomStringConvertible {
    /// The number of the error (`errno`).
    let code: Int32

    init(code: Int32 = errno) {
        self.code = code
    }

    /// Whether there is no such file.
    var isNoFile: Bool { code == ENOENT }

    var description: String {
        var text = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

import Base
import Crypto
import Glibc
import XMLConfig

/// A file that holds what the database holds: it is written only where it is missing or another one, whole or not at all.
enum KeptFile {
    /// What became of a file.
    enum Outcome: Hashable, Sendable {
        /// It is there already.
        case same
        case written
        /// It could not be written; what was there before is there still.
        case failed(String)
    }

    /// Writes a file, and blocks meanwhile.
    ///
    /// A link in its place is replaced, not followed.
    static func keep(_ path: String, _ content: [UInt8]) -> Outcome {
        if let there = try? LocalFiles().contents(of: path, limit: content.count), there == content { return .same }
        do throws(LocalDirectory.Failure) {
            try LocalDirectory.make(above: path)
        } catch {
            return .failed("\(error)")
        }
        let beside = temporary(for: path)
        let descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, LocalFile.readByGroup)
        guard descriptor >= 0 else { return failure(beside) }
        guard DescriptorOutput.write(content, to: descriptor), fsync(descriptor) == 0 else {
            let outcome = failure(beside)
            _ = close(descriptor)
            _ = unlink(beside)
            return outcome
        }
        guard close(descriptor) == 0, rename(beside, path) == 0 else {
            let outcome = failure(path)
            _ = unlink(beside)
            return outcome
        }
        return .written
    }

    /// The digest by MD5 of a file as base64, as databases reckon it, in hexadecimal; it blocks meanwhile.
    ///
    /// - Returns: `nil` for a file that is not there, or longer than `limit`.
    static func digest(of path: String, limit: Int) -> String? {
        guard let there = try? LocalFiles().contents(of: path, limit: limit) else { return nil }
        return Hexadecimal.text(Insecure.MD5.hash(data: Array(Base64.encode(there).utf8)))
    }

    /// Hidden, so that nobody takes it for a recording, and another one each time, for several nodes may share a directory.
    private static func temporary(for path: String) -> String {
        var generator = SystemRandomNumberGenerator()
        let word = RandomToken.hex(bytes: 8, using: &generator)
        let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        return "\(path[..<start]).\(path[start...]).\(word)"
    }

    private static func failure(_ path: String) -> Outcome { .failed("\(path): \(String(cString: strerror(errno)))") }
}

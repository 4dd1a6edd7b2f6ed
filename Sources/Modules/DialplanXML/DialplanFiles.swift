import Synchronization
import XMLConfig

/// Dialplans in files of their own: `XML:/path/file.xml`.
///
/// A file is read whenever a call asks for it, and parsed when it is not what it was. Nothing preprocesses it.
final class DialplanFiles: Sendable {
    /// Why there is no dialplan, in one line.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// How many files are kept, and how long one may be, in bytes.
    private static let (limit, lengthLimit) = (64, 16 << 20)

    private let known = Mutex<[String: (bytes: [UInt8], section: XMLNode)]>([:])

    /// The element that has the contexts of a file; waits for the disk.
    func section(of path: String) -> Result<XMLNode, Failure> {
        do {
            return .success(try read(path))
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            return .failure(Failure(description: "the dialplan \(path): \(error)"))
        }
    }

    private func read(_ path: String) throws -> XMLNode {
        let bytes = try LocalFiles().contents(of: path, limit: Self.lengthLimit)
        if let kept = known.withLock({ $0[path] }), kept.bytes == bytes { return kept.section }
        let document = try XMLDocument.parse(bytes, named: path)
        guard let found = document.firstChild(named: "section", where: "name", equals: "dialplan") else {
            throw Failure(description: "\(path) has no section dialplan")
        }
        // Where the section has an element of its own for them, the contexts are in that.
        let section = found.first("dialplan") ?? found
        known.withLock { known in
            if known.count >= Self.limit { known.removeAll() }
            known[path] = (bytes, section)
        }
        return section
    }

    /// Forgets every file.
    func removeAll() {
        known.withLock { $0.removeAll() }
    }
}

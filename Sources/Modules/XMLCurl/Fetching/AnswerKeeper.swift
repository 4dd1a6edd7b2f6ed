import Base
import Logging
import NIOPosix
import Synchronization

/// Keeps a copy of each answer in a file, while `xml_curl debug_on` holds: to see what a web server has sent.
final class AnswerKeeper: Sendable {
    /// How many answers are kept; then it ends by itself.
    static let limit = 1000

    private let directory: String
    private let logger: Logger
    /// How many more are kept; none when it is off.
    private let left = Mutex(0)

    /// - Parameter directory: Where the files go.
    init(directory: String, logger: Logger) {
        (self.directory, self.logger) = (directory, logger)
    }

    /// Whether answers are kept.
    var isOn: Bool {
        get { left.withLock { $0 > 0 } }
        set { left.withLock { $0 = newValue ? Self.limit : 0 } }
    }

    /// Keeps an answer of a binding, where answers are kept.
    func keep(_ bytes: [UInt8], of binding: String) async {
        let left = left.withLock { left -> Int? in
            guard left > 0 else { return nil }
            left -= 1
            return left
        }
        guard let left else { return }
        var generator = SystemRandomNumberGenerator()
        let path = "\(directory)/\(RandomToken.uuid(using: &generator)).tmp.xml"
        let isWritten = try? await NIOThreadPool.singleton.runIfActive { PrivateFile.create(path, with: bytes) }
        guard isWritten == true else { return logger.error("cannot write \(path)") }
        logger.notice("binding \"\(binding)\": the answer is in \(path)")
        if left == 0 { logger.warning("\(Self.limit) answers are kept: debug is off again") }
    }
}

import Base
import Glibc

/// A connection to a socket of a running program that answers lines with lines.
final class LineConnection {
    /// How long an answer may be, in bytes.
    private static let maximumAnswer = 16 << 20
    private let descriptor: Int32

    init?(path: String) {
        guard let descriptor = LocalSocket.connect(path) else { return nil }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The line that answers a question; `nil` when there is none until then.
    func ask(_ question: [UInt8], until deadline: MonotonicInstant) -> [UInt8]? {
        var sent = 0
        while sent < question.count {
            guard isReady(for: POLLOUT, until: deadline) else { return nil }
            let count = question.withUnsafeBytes { buffer in
                send(
                    descriptor,
                    buffer.baseAddress?.advanced(by: sent),
                    buffer.count - sent,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                )
            }
            guard count > 0 else { return nil }
            sent += count
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while answer.last != UInt8(ascii: "\n") {
            guard answer.count < Self.maximumAnswer, isReady(for: POLLIN, until: deadline) else { return nil }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            answer += buffer[..<count]
        }
        return answer
    }

    private func isReady(for events: Int32, until deadline: MonotonicInstant) -> Bool {
        let left = Int((deadline - .now) / .milliseconds(1))
        var entry = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
        return poll(&entry, 1, Int32(clamping: max(left, 0))) > 0
    }
}

import ArgumentParser
import Base
import Glibc

/// `tandem dns pipe`: PowerDNS's pipe connector starts this, and it asks the running smart DNS.
///
/// PowerDNS keeps this connection when the smart DNS is started anew; nothing of that is to be seen by those who ask,
/// as long as it takes no longer than `--timeout`.
struct DNSPipeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipe",
        abstract: "Passes questions of PowerDNS's pipe connector on to a running smart DNS.",
        discussion: """
            While nobody listens at the socket, a question waits and is asked again. Without an answer in time it fails, \
            which those who ask PowerDNS are told (SERVFAIL).
            """
    )

    @Argument(help: "The socket (backend-socket).")
    var path: String

    @Option(help: "Milliseconds until a question fails; it should be less than the connector's own timeout.")
    var timeout = 1000

    private static let failure = Array("{\"log\":[\"the smart DNS does not answer\"]}\n".utf8)

    func run() async throws {
        var pipe = BackendPipe(path: path, timeout: .milliseconds(max(1, timeout)))
        while let line = readLine(strippingNewline: false) {
            // Not "false": PowerDNS would take that for a name that does not exist, and remember it. Nor the end of this
            // process: PowerDNS 4.7 starts no other one.
            let answer = pipe.ask(Array(line.utf8)) ?? Self.failure
            var written = 0
            while written < answer.count {
                let count = answer.withUnsafeBytes { buffer in
                    write(STDOUT_FILENO, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                }
                guard count > 0 || errno == EINTR else { return }
                written += max(count, 0)
            }
        }
    }
}

/// Asks questions over a connection that is made again whenever it breaks.
struct BackendPipe {
    /// How long it waits before it tries again to connect.
    private static let pause: UInt32 = 10_000

    let path: String
    let timeout: Duration
    private var connection: BackendConnection?

    init(path: String, timeout: Duration) {
        (self.path, self.timeout) = (path, timeout)
    }

    /// The line that answers a question; `nil` when none comes in time.
    ///
    /// A question may be asked twice when a connection breaks meanwhile. None does harm by that but one that adds a key, and
    /// of those only one whose answer got lost.
    mutating func ask(_ question: [UInt8]) -> [UInt8]? {
        let deadline = MonotonicInstant.now + timeout
        while MonotonicInstant.now < deadline {
            if connection == nil { connection = BackendConnection(path: path) }
            if let answer = connection?.ask(question, until: deadline) { return answer }
            connection = nil
            usleep(Self.pause)
        }
        return nil
    }
}

/// A connection to the socket of a running smart DNS.
final class BackendConnection {
    /// How long an answer may be, in bytes.
    private static let maximumAnswer = 16 << 20
    private let descriptor: Int32

    init?(path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
        }
        guard result == 0 else { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

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

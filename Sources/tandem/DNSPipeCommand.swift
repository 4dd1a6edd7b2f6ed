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
    private var connection: LineConnection?

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
            if connection == nil { connection = LineConnection(path: path) }
            if let answer = connection?.ask(question, until: deadline) { return answer }
            connection = nil
            usleep(Self.pause)
        }
        return nil
    }
}

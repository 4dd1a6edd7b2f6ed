import Glibc
import TandemTesting

/// A connection of a client that says what the test wants.
final class RawConnection {
    private let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)

    init(port: Int) {
        _ = connectToLoopback(descriptor, port: UInt16(clamping: port))
    }

    deinit {
        close(descriptor)
    }

    func say(_ bytes: [UInt8]) {
        _ = write(descriptor, bytes, bytes.count)
    }

    /// What comes until the other end closes the connection.
    func heard() -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while case let count = read(descriptor, &part, part.count), count > 0 { bytes += part.prefix(count) }
        return bytes
    }

    /// What has come since the last time; it waits for nothing.
    func heardByNow() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return Array(bytes.prefix(max(count, 0)))
    }

    /// Goes, as a client does that waits no longer.
    func go() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}

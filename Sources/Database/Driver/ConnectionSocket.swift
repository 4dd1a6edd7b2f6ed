internal import Glibc
internal import Synchronization

/// The socket of a connection, seen from beside the library that uses it.
///
/// It has a descriptor of its own for the same socket: a library closes its one as soon as it finds the server gone, and
/// then the number may be another socket's, which must not be touched.
final class ConnectionSocket: Sendable {
    private let descriptor: CInt
    private let hasEnded = Atomic(false)

    init(_ librarys: CInt) throws(DatabaseError) {
        descriptor = fcntl(librarys, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else {
            throw DatabaseError(.unavailable, "no descriptor for a connection: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
    }

    /// Has the system find out within a minute that the other end is gone without a word.
    func findOutSilence() {
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        // Of a socket of this machine the system knows anyway.
        for (option, value) in [(TCP_KEEPIDLE, 30), (TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 3), (TCP_USER_TIMEOUT, 60_000)] {
            set(CInt(IPPROTO_TCP), option, CInt(value))
        }
    }

    private func set(_ level: CInt, _ option: CInt, _ value: CInt) {
        _ = withUnsafePointer(to: value) {
            setsockopt(descriptor, level, option, $0, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    /// Ends the connection: whoever waits for it, on another thread, learns at once that it is gone.
    func end() {
        hasEnded.store(true, ordering: .relaxed)
        shutdown(descriptor, CInt(SHUT_RDWR))
    }

    /// Whether the connection seems to be there.
    ///
    /// A server that says something unasked is about to leave.
    var isAlive: Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return !isEnded && poll(&state, 1, 0) == 0
    }

    /// Whether there is something from the server that nobody has read, and nobody has ended the connection.
    var hasMoreToRead: Bool {
        var byte: UInt8 = 0
        return !isEnded && recv(descriptor, &byte, 1, CInt(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Whether it was ended from here.
    var isEnded: Bool { hasEnded.load(ordering: .relaxed) }
}

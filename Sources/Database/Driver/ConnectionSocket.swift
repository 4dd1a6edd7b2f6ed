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

    /// Whether it was ended from here.
    var isEnded: Bool { hasEnded.load(ordering: .relaxed) }
}

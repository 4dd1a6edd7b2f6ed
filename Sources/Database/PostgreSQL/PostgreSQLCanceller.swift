internal import CLibPQ
internal import Glibc
internal import Synchronization

/// Asks a server to stop what it does for a connection that nobody waits for any more.
///
/// libpq waits for the server's answer to such a request, for as long as it takes; so it is made on a thread of its own.
/// There are few at a time: a server that does not answer these has stopped anyway.
final class PostgreSQLCanceller: Sendable {
    private let underWay = Atomic(0)

    /// The most requests at a time.
    private static let limit = 4

    // @unchecked: whoever makes it has given the request away, and the thread is the only one that uses it.
    private final class Request: @unchecked Sendable {
        let cancel: OpaquePointer
        let canceller: PostgreSQLCanceller

        init(_ cancel: OpaquePointer, _ canceller: PostgreSQLCanceller) {
            (self.cancel, self.canceller) = (cancel, canceller)
        }

        func make() {
            var reason = [CChar](repeating: 0, count: 256)
            // What it does not do, the connection's end does later.
            _ = PQcancel(cancel, &reason, Int32(reason.count))
        }

        deinit {
            PQfreeCancel(cancel)
            canceller.underWay.subtract(1, ordering: .relaxed)
        }
    }

    /// Asks for the end of what a connection does, and takes the right to ask with it.
    func stop(_ cancel: OpaquePointer) {
        let before = underWay.add(1, ordering: .relaxed).oldValue
        let request = Request(cancel, self)
        guard before < Self.limit else { return }
        let context = Unmanaged.passRetained(request)
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<Request>.fromOpaque(context).takeRetainedValue().make() }
                return nil
            },
            context.toOpaque()
        )
        if result == 0 { pthread_detach(thread) } else { context.release() }
    }
}

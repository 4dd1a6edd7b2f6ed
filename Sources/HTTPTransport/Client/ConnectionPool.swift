import NIOCore
import Synchronization

/// Connections that carry nothing at the moment and may carry another request (RFC 9112 §9.3).
final class ConnectionPool: Sendable {
    private struct Entry: Sendable {
        let connection: ClientConnection.Handle
        let origin: String
    }

    private struct State: Sendable {
        var entries: [Entry] = []
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: How many connections it keeps.
    init(limit: Int) {
        self.limit = limit
    }

    /// How many it keeps at the moment.
    var count: Int { state.withLock { $0.entries.count } }

    /// A connection to a server: the one that was used last, which the server is most likely to keep.
    func take(to origin: String) -> ClientConnection.Handle? {
        state.withLock { state in
            // One that ends while it is put back is found here.
            state.entries.removeAll { !$0.connection.channel.isActive }
            return state.entries.lastIndex { $0.origin == origin }.map { state.entries.remove(at: $0).connection }
        }
    }

    /// Keeps a connection; the one that has waited longest goes when there are too many.
    func put(_ connection: ClientConnection.Handle, to origin: String) {
        let surplus: ClientConnection.Handle? = state.withLock { state in
            guard limit > 0, !state.isClosed else { return connection }
            state.entries.append(Entry(connection: connection, origin: origin))
            return state.entries.count > limit ? state.entries.removeFirst().connection : nil
        }
        surplus?.close()
    }

    /// A connection has ended.
    func remove(_ channel: any Channel) {
        state.withLock { $0.entries.removeAll { $0.connection.channel === channel } }
    }

    /// Ends all connections, and those that come back later.
    func close() {
        let entries = state.withLock { state in
            state.isClosed = true
            defer { state.entries = [] }
            return state.entries
        }
        for entry in entries { entry.connection.close() }
    }
}

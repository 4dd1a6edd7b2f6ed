import Glibc
import Synchronization

/// Where the console of the program itself gets in: past address lists and passwords, since whoever sits at it has
/// started the program.
public final class ConsoleDoor: Sendable {
    private enum State {
        /// The module is not loaded; those who want to get in wait.
        case closed([CheckedContinuation<EventServer?, Never>])
        case open(EventServer)
        /// The program ends.
        case shut
    }

    private let state = Mutex(State.closed([]))

    /// A door that the module opens.
    public init() {}

    /// A connection to the event socket, whose end the caller closes; waits for the module to be loaded.
    ///
    /// - Returns: The descriptor of a stream, or `nil` when there will be none any more.
    public func enter() async -> Int32? {
        while let server = await waitForServer() {
            var ends: [Int32] = [-1, -1]
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
                return nil
            }
            do {
                try await server.serveConsole(over: ends[1])
                return ends[0]
            } catch {
                // It stopped in the very moment; perhaps another one comes.
                close(ends[0])
                leave(server)
            }
        }
        return nil
    }

    /// Lets nobody in any more: the program ends.
    public func shut() {
        let waiting = state.withLock { state in
            defer { state = .shut }
            if case .closed(let waiting) = state { return waiting }
            return []
        }
        for waiter in waiting { waiter.resume(returning: nil) }
    }

    func open(to server: EventServer) {
        let waiting = state.withLock { state -> [CheckedContinuation<EventServer?, Never>] in
            if case .shut = state { return [] }
            defer { state = .open(server) }
            if case .closed(let waiting) = state { return waiting }
            return []
        }
        for waiter in waiting { waiter.resume(returning: server) }
    }

    /// The server is there no more.
    func leave(_ server: EventServer) {
        state.withLock { state in
            if case .open(let current) = state, current === server { state = .closed([]) }
        }
    }

    private func waitForServer() async -> EventServer? {
        await withCheckedContinuation { continuation in
            let known: EventServer?? = state.withLock { state in
                switch state {
                case .open(let server): return .some(server)
                case .shut: return .some(nil)
                case .closed(let waiting):
                    state = .closed(waiting + [continuation])
                    return nil
                }
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}

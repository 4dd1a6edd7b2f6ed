import Base
import SwitchCore
import Synchronization

/// `pickup/<key>`: a leg that rings nowhere and is answered by whoever runs the application `pickup <key>`.
struct PickupEndpoint: Endpoint {
    let name = "pickup"
    let waiting: PickupTable
    var isPassive: Bool { true }

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        guard !request.destination.isEmpty else { return .failure(.destinationOutOfOrder) }
        guard let taker = await waiting.wait(for: request.destination) else { return .failure(.noPickup) }
        guard await taker.takesPlace(of: request) else { return .failure(.originatorCancel) }
        return .session(taker)
    }
}

/// The ringing calls that can be picked up, by key; the one that waits longest comes first.
final class PickupTable: Sendable {
    private struct State {
        var waiting: [(id: UInt64, key: String, taker: AsyncStream<Session>.Continuation)] = []
        var nextID: UInt64 = 0
    }

    /// How many calls can wait at most.
    static let limit = 4096

    private let state = Mutex(State())

    /// Waits until somebody picks the call up; `nil` when the task is cancelled, or too many wait.
    func wait(for key: String) async -> Session? {
        let (stream, continuation) = AsyncStream.makeStream(of: Session.self, bufferingPolicy: .bufferingOldest(1))
        let id = state.withLock { state -> UInt64? in
            guard state.waiting.count < Self.limit else { return nil }
            state.nextID += 1
            state.waiting.append((state.nextID, key, continuation))
            return state.nextID
        }
        guard let id else { return nil }
        defer { state.withLock { state in state.waiting.removeAll { $0.id == id } } }
        var taker: Session?
        for await session in stream {
            taker = session
            break
        }
        return taker
    }

    /// Gives a channel to the call that waits longest for that key; false when none does.
    func offer(_ session: Session, for key: String) -> Bool {
        let taker = state.withLock { state -> AsyncStream<Session>.Continuation? in
            guard let index = state.waiting.firstIndex(where: { $0.key == key }) else { return nil }
            return state.waiting.remove(at: index).taker
        }
        guard let taker else { return false }
        if case .enqueued = taker.yield(session) { return true }
        return false
    }
}

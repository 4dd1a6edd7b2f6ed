import Base
import Synchronization

/// When those who ring together begin: each after its delay, or earlier when nobody else is left.
final class DelayedStarts: Sendable {
    private struct State {
        var ringing: Set<Int>
        var waiting: [Int: (delay: Duration, wake: AsyncStream<Void>.Continuation)] = [:]
    }

    private let loop: any Loop
    private let delays: [Duration]
    private let state: Mutex<State>

    /// The plan for these delays; when none is zero, the earliest begins at once and the others as much earlier.
    init(_ delays: [Duration], on loop: any Loop) {
        let earliest = delays.min() ?? .zero
        self.delays = delays.map { $0 - earliest }
        self.loop = loop
        state = Mutex(State(ringing: Set(delays.indices.filter { delays[$0] == earliest })))
    }

    /// Waits until it is the turn of one, or its task is cancelled.
    func waitForTurn(of index: Int) async {
        let delay = delays[index]
        guard delay > .zero else { return }
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        let timer = loop.schedule(at: loop.now + delay) { continuation.finish() }
        state.withLock { $0.waiting[index] = (delay, continuation) }
        startNext()
        for await _ in stream {}
        timer.cancel()
        state.withLock { state in
            state.waiting[index] = nil
            state.ringing.insert(index)
        }
    }

    /// One does not ring any more: the next begins when it was the last.
    func ended(_ index: Int) {
        _ = state.withLock { $0.ringing.remove(index) }
        startNext()
    }

    private func startNext() {
        let next = state.withLock { state -> AsyncStream<Void>.Continuation? in
            guard state.ringing.isEmpty else { return nil }
            return state.waiting.min { $0.value.delay < $1.value.delay }?.value.wake
        }
        next?.finish()
    }
}

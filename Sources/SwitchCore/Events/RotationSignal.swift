import Synchronization

/// Tells of `SIGHUP`, which the program passes on as the event `TRAP`: then logs are rotated.
public final class RotationSignal: Sendable {
    private struct State {
        var subscription: EventSubscription?
        var task: Task<Void, Never>?
    }

    private let softswitch: Switch
    private let state = Mutex(State())

    /// For the modules of a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Calls `rotate` with the time of each signal, as names of files have it.
    public func start(_ rotate: @escaping @Sendable (_ stamp: String) -> Void) {
        let (news, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let subscription = softswitch.events.subscribe(to: [.trap], queueLimit: 16) { continuation.yield() }
        let softswitch = softswitch
        let task = Task {
            for await _ in news {
                let isHangUp = subscription.takeAll().contains { $0["Trapped-Signal"] == "HUP" }
                if isHangUp { rotate(Self.stamp(softswitch)) }
            }
        }
        state.withLock { $0 = State(subscription: subscription, task: task) }
    }

    /// Hears of no signals any more.
    public func stop() {
        let old = state.withLock { state in
            defer { state = State() }
            return state
        }
        old.subscription.map { softswitch.events.unsubscribe($0) }
        old.task?.cancel()
    }

    /// The present time as part of a file's name: `2026-11-25-15-04-05`.
    public static func stamp(_ softswitch: Switch) -> String {
        Clock.text("%Y-%m-%d-%H-%M-%S", seconds: softswitch.wallClock() / 1_000_000)
    }
}

import Base
import FileSync
import SwitchCore
import Synchronization

/// Tells the service of recordings that grow, and that are closed, so that it does not have to find out.
final class RecordingFollower: Sendable {
    /// How often a recording that goes on is looked at.
    static let pulse = Duration.milliseconds(250)
    /// How many recordings are followed; of more the service hears from the system.
    static let mostFollowed = 10_000

    private struct State {
        var files: Set<String> = []
        var timer: (any LoopTimer)?
        var subscription: EventSubscription?
    }

    private let softswitch: Switch
    private let service: FileSyncService
    private let state = Mutex(State())

    init(_ softswitch: Switch, _ service: FileSyncService) {
        (self.softswitch, self.service) = (softswitch, service)
    }

    /// Begins to listen for recordings.
    func start() {
        let loop = softswitch.loops.first
        let subscription = softswitch.events.subscribe(to: [.recordStart, .recordStop]) { [weak self] in
            loop.execute { [weak self] in self?.takeEvents() }
        }
        state.withLock { $0.subscription = subscription }
    }

    /// Listens no more.
    func stop() {
        let (subscription, timer) = state.withLock { state in
            defer { state = State() }
            return (state.subscription, state.timer)
        }
        timer?.cancel()
        if let subscription { softswitch.events.unsubscribe(subscription) }
    }

    private func takeEvents() {
        for event in state.withLock({ $0.subscription })?.takeAll() ?? [] {
            guard let file = event["Record-File-Path"] else { continue }
            switch event.name {
            case .recordStart: began(file)
            case .recordStop:
                state.withLock { _ = $0.files.remove(file) }
                service.closed(file: file)
            default: break
            }
        }
    }

    private func began(_ file: String) {
        let isFirst = state.withLock { state in
            guard state.files.count < Self.mostFollowed, state.subscription != nil else { return false }
            state.files.insert(file)
            return state.timer == nil
        }
        if isFirst { look() }
    }

    /// Looks at all recordings, as long as there are some.
    private func look() {
        let files = state.withLock { state in
            state.timer = nil
            return Array(state.files)
        }
        guard !files.isEmpty else { return }
        for file in files { service.grew(file: file) }
        let loop = softswitch.loops.first
        let timer = loop.schedule(at: loop.now + Self.pulse) { [weak self] in self?.look() }
        let isWanted = state.withLock { state in
            guard state.subscription != nil else { return false }
            state.timer = timer
            return true
        }
        if !isWanted { timer.cancel() }
    }
}

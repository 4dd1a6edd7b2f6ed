import Base
import Logging
import SwitchCore
import Synchronization

/// What the keys of one leg do beside what goes on: the bindings of `bind_digit_action` and `bind_meta_app`.
final class KeyBindings: KeyListener {
    /// What a binding does.
    struct Action: Sendable {
        /// What is run.
        enum Work: Sendable {
            case application(String, data: String)
            case command(String)
        }

        var work: Work
        /// The leg that it is run on, seen from the one whose key it is.
        var target: Leg
        /// Whether it is done once and then forgotten.
        var isOnce = false
    }

    /// A leg of a call.
    enum Leg: Sendable {
        case own, other, both

        /// `self`, `peer`, `both`.
        init?(word: String) {
            switch word.lowercased() {
            case "", "self": self = .own
            case "peer": self = .other
            case "both": self = .both
            default: return nil
            }
        }
    }

    private struct State {
        var matcher = KeyMatcher<Action>()
        /// Waits for the next key of a binding.
        var pause: (any LoopTimer)?
        /// What follows the star of `bind_meta_app`, by key.
        var metaActions: [Character: Action] = [:]
        /// Whether the star was pressed, and its key is awaited.
        var isMetaPending = false
        var metaPause: (any LoopTimer)?
    }

    private let state = Mutex(State())
    private let digitTimeout: Duration

    /// The key that begins a `bind_meta_app`.
    private static let metaKey: Character = "*"
    /// How long after the star its key counts.
    private static let metaTimeout = Duration.seconds(3)

    init(digitTimeout: Duration) {
        self.digitTimeout = digitTimeout
    }

    // MARK: - Binding

    /// Changes the bindings of digit actions.
    func change(_ change: (inout KeyMatcher<Action>) -> Void) {
        state.withLock { state in
            change(&state.matcher)
            state.pause?.cancel()
        }
    }

    /// Binds a key after the star, or takes its binding away.
    func bindMeta(_ key: Character, to action: Action?) {
        state.withLock { $0.metaActions[key] = action }
    }

    /// Takes every binding after the star away.
    func unbindMeta() {
        state.withLock { $0.metaActions = [:] }
    }

    // MARK: - Keys

    func received(_ digit: Character, on session: isolated Session) -> Bool {
        if receivedMeta(digit, on: session) { return true }
        let outcome: KeyMatcher<Action>.Outcome? = state.withLock { state in
            guard state.matcher.isActive else { return nil }
            state.pause?.cancel()
            return state.matcher.pressed(digit)
        }
        guard let outcome else { return false }
        follow(outcome, on: session)
        return true
    }

    private func receivedMeta(_ digit: Character, on session: isolated Session) -> Bool {
        enum Decision {
            case pass, wait, run(Action), release
        }
        let decision: Decision = state.withLock { state in
            if state.isMetaPending {
                state.isMetaPending = false
                state.metaPause?.cancel()
                guard let action = state.metaActions[digit] else { return .release }
                if action.isOnce { state.metaActions[digit] = nil }
                return .run(action)
            }
            guard digit == Self.metaKey, !state.metaActions.isEmpty else { return .pass }
            state.isMetaPending = true
            return .wait
        }
        switch decision {
        case .pass: return false
        case .wait:
            let timer = session.loop.schedule(at: session.loop.now + Self.metaTimeout) { [weak self, weak session] in
                guard let self, let session else { return }
                let isPending = state.withLock { state in
                    defer { state.isMetaPending = false }
                    return state.isMetaPending
                }
                if isPending { session.assumeIsolated { $0.releaseDigits([Self.metaKey]) } }
            }
            state.withLock { $0.metaPause = timer }
        case .run(let action): run(action, keys: String([Self.metaKey, digit]), on: session)
        case .release: session.releaseDigits([Self.metaKey, digit])
        }
        return true
    }

    private func follow(_ outcome: KeyMatcher<Action>.Outcome, on session: isolated Session) {
        if !outcome.released.isEmpty { session.releaseDigits(outcome.released) }
        if let action = outcome.action { run(action, keys: outcome.keys, on: session) }
        guard outcome.waits else { return }
        let timer = session.loop.schedule(at: session.loop.now + digitTimeout) { [weak self, weak session] in
            guard let self, let session else { return }
            let outcome = state.withLock { $0.matcher.paused() }
            session.assumeIsolated { self.follow(outcome, on: $0) }
        }
        state.withLock { $0.pause = timer }
    }

    private func run(_ action: Action, keys: String, on session: isolated Session) {
        session.logger.info("key binding", metadata: ["keys": "\(keys)"])
        session.setVariable("last_matching_digits", keys)
        if action.target != .other { Self.run(action.work, on: session) }
        if action.target != .own, let partner = session.partner {
            partner.loop.execute { partner.assumeIsolated { Self.run(action.work, on: $0) } }
        }
    }

    private static func run(_ work: Action.Work, on session: isolated Session) {
        switch work {
        case .application(let name, let data):
            session.broadcast(name, data)
        case .command(let line):
            let softswitch = session.softswitch
            Task(executorPreference: session.loop) { [session] in
                let expanded = await session.expand(line)
                _ = await softswitch.execute(command: expanded, for: session)
            }
        }
    }
}

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
        /// Whether the partner of who does it hears music meanwhile.
        var holdsPartner = false
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
        /// The key that begins a `bind_meta_app`, the star unless `bind_meta_key` says otherwise.
        var metaKey: Character = "*"
        /// What follows it, by key.
        var metaActions: [Character: Action] = [:]
        /// Whether it was pressed, and the next key is awaited.
        var isMetaPending = false
        var metaPause: (any LoopTimer)?
    }

    private let state = Mutex(State())
    private let digitTimeout: Duration

    /// How long after the first key of a `bind_meta_app` its second one counts.
    private static let metaTimeout = Duration.seconds(5)

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

    /// Binds a key after another one, which is the first of all these bindings from now on.
    func bindMeta(_ key: Character, after metaKey: Character, to action: Action) {
        state.withLock { state in
            state.metaKey = metaKey
            state.metaActions[key] = action
        }
    }

    /// Takes the binding of a second key away, or all of them.
    func unbindMeta(_ key: Character? = nil) {
        if let key {
            state.withLock { $0.metaActions[key] = nil }
            return
        }
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
        let (decision, metaKey): (Decision, Character) = state.withLock { state in
            let metaKey = state.metaKey
            if state.isMetaPending {
                state.isMetaPending = false
                state.metaPause?.cancel()
                guard let action = state.metaActions[digit] else { return (.release, metaKey) }
                if action.isOnce { state.metaActions[digit] = nil }
                return (.run(action), metaKey)
            }
            guard digit == metaKey, !state.metaActions.isEmpty else { return (.pass, metaKey) }
            state.isMetaPending = true
            return (.wait, metaKey)
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
                if isPending { session.assumeIsolated { $0.releaseDigits([metaKey]) } }
            }
            state.withLock { $0.metaPause = timer }
        case .run(let action): run(action, keys: String([metaKey, digit]), on: session)
        case .release: session.releaseDigits([metaKey, digit])
        }
        return true
    }

    private func follow(_ outcome: KeyMatcher<Action>.Outcome, on session: isolated Session) {
        if !outcome.released.isEmpty {
            session.setVariable("last_non_matching_digits", outcome.released)
            session.releaseDigits(outcome.released)
        }
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
        if action.target != .other { Self.run(action, on: session) }
        if action.target != .own, let partner = session.partner {
            partner.loop.execute { partner.assumeIsolated { Self.run(action, on: $0) } }
        }
    }

    private static func run(_ action: Action, on session: isolated Session) {
        switch action.work {
        case .application(let name, let data):
            session.broadcast(name, data, holdsPartner: action.holdsPartner)
        case .command(let line):
            let softswitch = session.softswitch
            Task(executorPreference: session.loop) { [session] in
                let expanded = await session.expand(line)
                let answer = await softswitch.execute(command: expanded, for: session)
                await session.setVariable("bind_digit_action_api_result", answer)
            }
        }
    }
}

import Synchronization

/// Says which rows of the switch's tables have changed, to one watcher that keeps a copy of them.
///
/// It names rows and holds no history: a channel that changes ten times before the watcher looks is named once. While
/// nobody watches, a change costs one atomic read. What is named is bounded; when too much is, the watcher is told to
/// begin anew.
public final class TableChanges: Sendable {
    /// A table that is small enough to be looked through as a whole.
    public enum SmallTable: CaseIterable, Sendable {
        case aliases, complete, interfaces, tasks
    }

    /// The contacts of one user in one place, which change together.
    public struct Registrant: Hashable, Sendable {
        /// What the dial strings of the contacts begin with: `sofia/internal/`.
        public var dialPrefix: String
        /// The user.
        public var user: String
        /// The domain that the user registers in.
        public var realm: String

        /// The contacts of a user.
        public init(dialPrefix: String, user: String, realm: String) {
            (self.dialPrefix, self.user, self.realm) = (dialPrefix, user, realm)
        }
    }

    /// What has changed since the watcher last asked.
    public struct Changes: Sendable {
        /// The channels that changed, began or ended, by UUID.
        public var channels: Set<String> = []
        /// The users whose registrations changed, with what they are now.
        public var registrants: [Registrant: [RegistrationListing]] = [:]
        /// The small tables that changed.
        public var tables: Set<SmallTable> = []
        /// Whether anything may have changed, because there was no room to name all that did.
        public var isEverything = false

        /// Nothing.
        public init() {}

        fileprivate var count: Int { channels.count + registrants.count }
    }

    /// How many channels and users are named at most between two looks.
    public static let defaultLimit = 20_000

    private struct State {
        var changes = Changes()
        var limit = TableChanges.defaultLimit
        var isAwake = false
        var dropped: UInt64 = 0
        var wake: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let watched = Atomic(false)

    init() {}

    /// Whether somebody watches.
    public var isWatched: Bool { watched.load(ordering: .relaxed) }

    /// How often a row was not named because too many were.
    public var droppedCount: UInt64 { state.withLock { $0.dropped } }

    /// Begins to watch, with everything as changed; `wake` is called, from any thread, at the first change after each
    /// look.
    public func watch(limit: Int = defaultLimit, wake: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state = State(limit: limit, wake: wake)
            state.changes.isEverything = true
            state.isAwake = true
        }
        watched.store(true, ordering: .relaxed)
        wake()
    }

    /// Watches no more.
    public func unwatch() {
        watched.store(false, ordering: .relaxed)
        state.withLock { $0 = State() }
    }

    /// Takes what has changed.
    public func takeAll() -> Changes {
        state.withLock { state in
            defer { (state.changes, state.isAwake) = (Changes(), false) }
            return state.changes
        }
    }

    /// A channel began, changed or ended.
    func note(channel id: String) {
        guard isWatched else { return }
        note { $0.channels.insert(id) }
    }

    /// A user's registrations are these now.
    public func note(_ listings: [RegistrationListing], of registrant: Registrant) {
        guard isWatched else { return }
        note { $0.registrants[registrant] = listings }
    }

    /// Something in a small table changed.
    public func note(_ table: SmallTable) {
        guard isWatched else { return }
        note { $0.tables.insert(table) }
    }

    /// Anything may have changed.
    public func noteEverything() {
        guard isWatched else { return }
        note { changes in
            changes = Changes()
            changes.isEverything = true
        }
    }

    private func note(_ change: (inout Changes) -> Void) {
        let wake: (@Sendable () -> Void)? = state.withLock { state in
            // Everything is named already: nothing can be added to it.
            guard !state.changes.isEverything else { return nil }
            change(&state.changes)
            if state.changes.count > state.limit {
                state.dropped &+= UInt64(state.changes.count)
                state.changes = Changes()
                state.changes.isEverything = true
            }
            guard !state.isAwake else { return nil }
            state.isAwake = true
            return state.wake
        }
        wake?()
    }
}

import Synchronization

/// What all legs of one originate have in common: how many there may be, and who has which UUID.
final class OriginateLedger: Sendable {
    private struct State {
        var legs = 0
        var uuids: Set<String> = []
    }

    /// The most legs of one originate, counting those of dial strings that destinations stand for.
    static let legLimit = 1024

    private let state = Mutex(State())

    /// Counts another leg in; false when there are too many.
    func admitLeg() -> Bool {
        state.withLock { state in
            state.legs += 1
            return state.legs <= Self.legLimit
        }
    }

    /// Whether a leg may have a UUID that a variable asks for: only one of all that ring.
    func claim(_ uuid: String, in table: SessionTable) -> Bool {
        state.withLock { $0.uuids.insert(uuid).inserted } && table[uuid] == nil
    }

    /// A leg that asked for a UUID is gone, or never was: another may have it.
    func release(_ uuid: String) {
        _ = state.withLock { $0.uuids.remove(uuid) }
    }
}

/// Whether any leg of an alternative rings or has early media, for `progress_timeout`.
final class ProgressMark: Sendable {
    private let flag = Atomic(false)

    /// Whether it does.
    var isSet: Bool { flag.load(ordering: .relaxed) }

    /// One does.
    func set() { flag.store(true, ordering: .relaxed) }
}

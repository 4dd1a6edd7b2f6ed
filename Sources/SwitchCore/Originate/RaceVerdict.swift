import Synchronization

/// Why the legs of a race that is decided are hung up: known before they are told to stop.
final class RaceVerdict: Sendable {
    private let parent: RaceVerdict?
    private let decided = Mutex<HangupCause?>(nil)

    /// The verdict on a race, perhaps inside of another one whose verdict holds for it too.
    init(inside parent: RaceVerdict? = nil) {
        self.parent = parent
    }

    /// Decides the race; the first decision counts.
    func decide(_ cause: HangupCause) {
        decided.withLock { if $0 == nil { $0 = cause } }
    }

    /// The cause for legs that are still there; the caller went away when nothing was decided.
    var cause: HangupCause {
        decided.withLock { $0 } ?? parent?.cause ?? .originatorCancel
    }
}

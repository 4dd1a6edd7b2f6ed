import MediaEngine

/// What the calling leg of a bridge knows of the called one.
///
/// It is filled once by the called leg while the caller waits for it, and belongs to the caller's loop from then on.
// @unchecked: written by the called leg only inside `join`, which the caller awaits; confined to the caller's loop after.
final class BridgeLink: @unchecked Sendable {
    let other: Session
    /// The caller's technology.
    let callerTechnology: String
    /// What of the caller hears of the called leg's keys.
    let keyListeners: [any KeyListener]
    var isAnswered = false
    var media: MediaStream?
    var codec: MediaCodec?
    /// The called leg's technology.
    var technology = ""
    /// The called leg's caller profile at the beginning.
    var profile = CallerProfile()
    /// What the called leg's `presence_data_cols` named then.
    var presenceColumns: [(name: String, value: String)] = []
    /// Why the called leg ended; `nil` while it lives.
    var ended: HangupCause?
    /// Whether the called leg was sent elsewhere, or asked for the end of the bridge.
    var hasLeft = false
    /// Whether the called leg answered, and the caller has not followed yet.
    private(set) var hasNews = false

    /// Who takes the called leg's place; `nil` as long as it stays.
    private(set) var successor: BridgeSuccessor?

    init(_ other: Session, callerTechnology: String, keyListeners: [any KeyListener]) {
        (self.other, self.callerTechnology, self.keyListeners) = (other, callerTechnology, keyListeners)
    }

    func take(_ report: LegReport, for caller: isolated Session) {
        switch report {
        case .ringing, .earlyMedia, .earlyMediaAccepted: return
        case .answered:
            isAnswered = true
            hasNews = true
        case .replaced(let successor): self.successor = successor
        case .left: hasLeft = true
        case .ended(let cause): ended = cause
        }
        caller.wake()
    }

    /// Whether the called leg answered since the last time that this was asked.
    func takeAnswer() -> Bool {
        defer { hasNews = false }
        return hasNews
    }
}

import MediaEngine

/// What the calling leg of a bridge knows of the called one.
///
/// It is filled once by the called leg while the caller waits for it, and belongs to the caller's loop from then on.
// @unchecked: written by the called leg only inside `join`, which the caller awaits; confined to the caller's loop after.
final class BridgeLink: @unchecked Sendable {
    let other: Session
    var isAnswered = false
    var media: MediaStream?
    var codec: MediaCodec?
    var channelName = ""
    var ended: HangupCause?
    private var answerIsNews = false

    init(_ other: Session) {
        self.other = other
    }

    func take(_ report: LegReport, for caller: isolated Session) {
        switch report {
        case .ringing, .earlyMedia: return
        case .answered:
            isAnswered = true
            answerIsNews = true
        case .ended(let cause): ended = cause
        }
        caller.wake()
    }

    /// Whether the called leg answered since the last time that this was asked.
    func takeAnswer() -> Bool {
        defer { answerIsNews = false }
        return answerIsNews
    }
}

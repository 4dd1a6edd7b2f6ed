import Base

/// How long an answer may take, by how long others took: the mean, and room for what differs from it (RFC 6298 §2).
struct AnswerPatience: Sendable {
    /// What is never too long: a thread that is busy, or a segment that is sent again on a short path.
    static let shortest = Duration.milliseconds(400)
    /// What is too long, however far away it is; also what there is while nothing is known.
    static let longest = Duration.milliseconds(1000)
    /// The least room: on a quiet path answers hardly differ.
    private static let room = Duration.milliseconds(100)

    private var mean: Duration?
    private var deviation = Duration.zero

    /// How long the next answer may take.
    var limit: Duration {
        guard let mean else { return Self.longest }
        return min(max(mean + max(deviation * 4, Self.room), Self.shortest), Self.longest)
    }

    /// An answer has come, in time or not.
    mutating func take(_ time: Duration) {
        guard let before = mean else {
            (mean, deviation) = (time, time / 2)
            return
        }
        let difference = time > before ? time - before : before - time
        deviation = (deviation * 3 + difference) / 4
        mean = (before * 7 + time) / 8
    }
}

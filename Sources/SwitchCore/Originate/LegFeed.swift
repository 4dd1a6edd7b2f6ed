import Base

/// What whoever rings a leg hears: its progress and its timers, in one stream.
///
/// The leg may live on another loop; the stream carries its reports to the task that rings it. It is bounded: a leg
/// makes a handful of reports in its life.
struct LegFeed: Sendable {
    enum Item: Sendable {
        case report(LegReport)
        /// The leg's time is over (`leg_timeout`).
        case timedOut
        /// The leg should ring by now (`leg_progress_timeout`).
        case progressIsDue
        /// The tones of ringing were heard often enough in early media.
        case ringingHeard
        /// The called party confirmed, or did not.
        case confirmed(Bool)
    }

    private static let bufferLimit = 64

    let stream: AsyncStream<Item>
    let continuation: AsyncStream<Item>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.bufferLimit))
    }

    var observer: LegObserver {
        { [continuation] _, report in continuation.yield(.report(report)) }
    }

    /// Reports something after a while, unless it is cancelled before.
    func schedule(_ item: Item, after limit: Duration?, on loop: any Loop) -> (any LoopTimer)? {
        guard let limit else { return nil }
        return loop.schedule(at: loop.now + limit) { [continuation] in continuation.yield(item) }
    }
}

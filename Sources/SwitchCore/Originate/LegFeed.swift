import Base

/// What an originate hears: its legs' progress and its own timers, in one stream.
///
/// Legs may live on other loops; the stream carries their reports to the originating task. It is bounded: a leg makes
/// a handful of reports in its life.
struct LegFeed: Sendable {
    enum Item: Sendable {
        case report(Session, LegReport)
        case legTimedOut(ObjectIdentifier)
        case timedOut
    }

    /// Legs times the reports that one can make, with room to spare.
    private static let bufferLimit = DialString.maximumLegs * 8

    let stream: AsyncStream<Item>
    let continuation: AsyncStream<Item>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.bufferLimit))
    }

    var observer: LegObserver {
        { [continuation] leg, report in continuation.yield(.report(leg, report)) }
    }
}

/// Makes key presses out of telephone-event packets (RFC 4733 §2.5).
///
/// All packets of one event carry the same timestamp; its end comes three times, and may be lost three times.
///
/// | state   | packet                     | becomes | outcome                               |
/// |---------|----------------------------|---------|---------------------------------------|
/// | idle    | new timestamp              | active  | began                                 |
/// | idle    | new timestamp, end         | idle    | began, ended                          |
/// | idle    | timestamp of the last one  | idle    | nothing                               |
/// | active  | same timestamp             | active  | nothing; the longest duration counts  |
/// | active  | same timestamp, end        | idle    | ended                                 |
/// | active  | next segment (§2.5.1.3)    | active  | nothing; durations add up             |
/// | active  | later timestamp            | active  | previous, began (and ended at an end) |
/// | active  | media well after its end   | idle    | previous                              |
/// | active  | nothing for too long       | idle    | previous (``flush()``)                |
public struct TelephoneEventDetector: Sendable {
    /// An event that is over.
    public struct Completed: Hashable, Sendable {
        /// The event code; ``TelephoneEvent/digit(forCode:)`` gives the key.
        public var code: UInt8
        /// How long it lasted, in ticks of the media clock.
        public var duration: UInt32

        /// An event that lasted so long.
        public init(code: UInt8, duration: UInt32) {
            (self.code, self.duration) = (code, duration)
        }
    }

    /// What a packet means; each part is `nil` where it does not apply, and they happened in this order.
    public struct Outcome: Hashable, Sendable {
        /// An earlier event is over; its end was lost.
        public var previous: Completed?
        /// An event began.
        public var began: UInt8?
        /// The event of this packet is over.
        public var ended: Completed?

        /// An outcome of these parts.
        public init(previous: Completed? = nil, began: UInt8? = nil, ended: Completed? = nil) {
            (self.previous, self.began, self.ended) = (previous, began, ended)
        }
    }

    private struct Active {
        var code: UInt8
        var timestamp: UInt32
        var duration: UInt16
        /// The duration of the segments before this one (RFC 4733 §2.5.1.3).
        var earlier: UInt32

        var completed: Completed { Completed(code: code, duration: earlier &+ UInt32(duration)) }
    }

    private var active: Active?
    private var lastTimestamp: UInt32?

    /// A detector that has heard nothing.
    public init() {}

    /// Whether an event has begun and not ended.
    public var isActive: Bool { active != nil }

    /// Takes the payload and the RTP timestamp of a telephone-event packet.
    public mutating func received(_ event: TelephoneEvent, timestamp: UInt32) -> Outcome {
        var outcome = Outcome()
        if var current = active {
            if timestamp == current.timestamp {
                current.duration = max(current.duration, event.duration)
                active = current
                if event.isEnd { outcome.ended = flush() }
                return outcome
            }
            guard isNewer(timestamp, than: current.timestamp) else { return outcome }
            if event.code == current.code, timestamp == current.timestamp &+ UInt32(UInt16.max) {
                let earlier = current.earlier &+ UInt32(UInt16.max)
                active = Active(code: event.code, timestamp: timestamp, duration: event.duration, earlier: earlier)
                lastTimestamp = timestamp
                if event.isEnd { outcome.ended = flush() }
                return outcome
            }
            outcome.previous = flush()
        } else if let lastTimestamp, !isNewer(timestamp, than: lastTimestamp) {
            return outcome
        }
        active = Active(code: event.code, timestamp: timestamp, duration: event.duration, earlier: 0)
        lastTimestamp = timestamp
        outcome.began = event.code
        if event.isEnd { outcome.ended = flush() }
        return outcome
    }

    /// Takes the timestamp of a media packet: an event that it leaves more than `slack` ticks behind has lost its end.
    ///
    /// Media that keeps up with an event says nothing: senders may go on with it meanwhile (RFC 4733 §2.2.1), and
    /// packets overtake each other.
    public mutating func receivedMedia(timestamp: UInt32, slack: UInt32) -> Completed? {
        guard let active else { return nil }
        let distance = Int32(bitPattern: timestamp &- active.timestamp &- UInt32(active.duration))
        return distance > Int32(clamping: slack) ? flush() : nil
    }

    /// Ends the event that is active, because nothing of it came for too long: some 300 ms.
    public mutating func flush() -> Completed? {
        defer { active = nil }
        return active?.completed
    }

    /// Forgets everything, because another source (SSRC) sends now and its timestamps mean nothing here.
    public mutating func sourceChanged() -> Completed? {
        lastTimestamp = nil
        return flush()
    }

    /// A little in the past is reordering; far in the past is a sender that started its clock anew.
    private func isNewer(_ timestamp: UInt32, than other: UInt32) -> Bool {
        let distance = Int32(bitPattern: timestamp &- other)
        return distance > 0 || distance < -Self.reorderingTicks
    }

    /// Five seconds at 48 kHz, thirty at 8 kHz.
    private static let reorderingTicks: Int32 = 240_000
}

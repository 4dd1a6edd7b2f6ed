public import Base

/// One direction of a path: packets and the time go in, packets come out later, or not at all.
///
/// A packet is lost, or waits until those before it are through (``WANConditions/rate``), and is then on its way for as long
/// as ``WANConditions/delay`` says. Packets keep their order, but for those that are held back on purpose.
public struct WANDirection: Sendable {
    /// What became of packets so far.
    public struct Figures: Hashable, Sendable {
        /// How many came in.
        public internal(set) var entered = 0
        /// How many were lost by chance.
        public internal(set) var lost = 0
        /// How many found no place to wait.
        public internal(set) var dropped = 0
        /// How many came out.
        public internal(set) var departed = 0
        /// How many bytes came out.
        public internal(set) var departedBytes = 0
    }

    /// How many packets may be on their way at once; more are dropped.
    public static let maximumInFlight = 65_536

    /// How packets are treated.
    public private(set) var conditions: WANConditions
    /// What became of packets so far.
    public private(set) var figures = Figures()
    private var generator: SeededGenerator
    /// Whether packets are being lost in a row.
    private var isBad = false
    private var waiting = PacketQueue()
    /// When the first of those that wait is through; `nil` when none waits.
    private var isThrough: MonotonicInstant?
    private var flying = TimerQueue<[UInt8]>()
    /// When the last one that keeps its order arrives.
    private var lastArrival = MonotonicInstant.zero

    /// A direction in which nothing is on its way; the seed decides what chance does.
    public init(_ conditions: WANConditions = WANConditions(), seed: UInt64) {
        self.conditions = conditions
        generator = SeededGenerator(seed: seed)
    }

    /// How many packets are on their way or wait.
    public var inFlight: Int { waiting.count + flying.count }

    /// Changes how packets are treated: those that still wait as well, those that are on their way no more.
    public mutating func set(_ new: WANConditions, at now: MonotonicInstant) {
        advance(to: now)
        let old = conditions
        conditions = new
        guard let through = isThrough, old.rate != new.rate else { return }
        guard let rate = new.rate else {
            while let packet = waiting.removeFirst() { fly(packet, at: now) }
            isThrough = nil
            return
        }
        // The part of the first one that is not through yet takes as long as the new rate says.
        let rest = (through - now) / .seconds(1) * Double(old.rate ?? rate)
        isThrough = now + .seconds(rest / Double(max(rate, 1)))
    }

    /// Takes in a packet.
    public mutating func enter(_ packet: [UInt8], at now: MonotonicInstant) {
        advance(to: now)
        figures.entered += 1
        if isLost() {
            figures.lost += 1
        } else if inFlight >= Self.maximumInFlight {
            figures.dropped += 1
        } else if let rate = conditions.rate {
            guard waiting.bytes + packet.count <= conditions.queue else {
                figures.dropped += 1
                return
            }
            waiting.append(packet)
            if isThrough == nil { isThrough = now + Self.time(of: packet, rate) }
        } else {
            fly(packet, at: now)
        }
    }

    /// When something happens next.
    public var nextEvent: MonotonicInstant? {
        switch (isThrough, flying.nextDeadline) {
        case (let through?, let arrival?): min(through, arrival)
        case (let through?, nil): through
        case (nil, let arrival): arrival
        }
    }

    /// Takes out the packet that arrives first, if it has arrived.
    public mutating func popArrival(at now: MonotonicInstant) -> [UInt8]? {
        advance(to: now)
        guard let packet = flying.popExpired(now: now) else { return nil }
        figures.departed += 1
        figures.departedBytes += packet.count
        return packet
    }

    // MARK: - On the way

    /// Sends off those whose turn has come.
    private mutating func advance(to now: MonotonicInstant) {
        while let through = isThrough, through <= now, let rate = conditions.rate, let packet = waiting.removeFirst() {
            fly(packet, at: through)
            isThrough = waiting.first.map { through + Self.time(of: $0, rate) }
        }
    }

    private mutating func fly(_ packet: [UInt8], at start: MonotonicInstant) {
        let jitter = conditions.jitter.wholeNanoseconds
        let uneven = jitter > 0 ? Int64.random(in: -jitter...jitter, using: &generator) : 0
        let arrival = start + max(.zero, conditions.delay + .nanoseconds(uneven))
        if conditions.reorder > 0, chance(conditions.reorder) {
            flying.set(packet, at: arrival + conditions.hold)
            return
        }
        // A nanosecond later than the one before: what keeps its order has no equal deadlines.
        lastArrival = max(arrival, lastArrival + .nanoseconds(1))
        flying.set(packet, at: lastArrival)
    }

    private mutating func isLost() -> Bool {
        guard let chances = conditions.burstChances else {
            isBad = false
            return chance(conditions.loss)
        }
        isBad = isBad ? !chance(chances.end) : chance(chances.begin)
        return isBad
    }

    private mutating func chance(_ share: Double) -> Bool {
        share > 0 && Double.random(in: 0..<1, using: &generator) < share
    }

    private static func time(of packet: [UInt8], _ rate: Int64) -> Duration {
        .seconds(Double(packet.count * 8) / Double(max(rate, 1)))
    }
}

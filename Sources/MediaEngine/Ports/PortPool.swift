package import Base

/// Which pairs of an even and an odd port are free, in use or resting.
///
/// A pair that was given back rests, so that packets of the old call meet a closed port; pairs go round in the order in
/// which they became free, which keeps each unused for as long as possible. The first round is in random order: a
/// port that can be guessed is an invitation.
package struct PortPool {
    private struct Resting {
        var port: UInt16
        var until: MonotonicInstant
    }

    private let drainTime: Duration
    private let capacity: Int
    private var free: Ring<UInt16>
    private var resting: Ring<Resting>

    /// How many pairs could be taken now, apart from those whose rest is over.
    package var freeCount: Int { free.count }

    /// A pool of the pairs that lie within `ports`.
    package init(ports: ClosedRange<UInt16>, drainTime: Duration, using generator: inout some RandomNumberGenerator) {
        self.drainTime = drainTime
        var pairs: [UInt16] = []
        for port in ports where port % 2 == 0 && port > 0 && port < ports.upperBound { pairs.append(port) }
        pairs.shuffle(using: &generator)
        free = Ring(pairs, filler: 0)
        capacity = pairs.count
        resting = Ring(capacity: pairs.count, filler: Resting(port: 0, until: .zero))
    }

    /// The even port of a pair that nobody uses.
    package mutating func take(at now: MonotonicInstant) -> UInt16? {
        wake(at: now)
        return free.popFirst()
    }

    /// How many pairs are in use, rest and are free.
    package mutating func counts(at now: MonotonicInstant) -> MediaPorts {
        wake(at: now)
        return MediaPorts(used: capacity - free.count - resting.count, resting: resting.count, free: free.count)
    }

    /// The pairs whose rest is over are free.
    private mutating func wake(at now: MonotonicInstant) {
        while let first = resting.first, first.until <= now {
            _ = resting.popFirst()
            free.append(first.port)
        }
    }

    /// The pair of `port` is closed, or turned out to be in use by someone else.
    package mutating func release(_ port: UInt16, at now: MonotonicInstant) {
        resting.append(Resting(port: port, until: now + drainTime))
    }
}

/// A queue in an array that never grows.
struct Ring<Element> {
    private var elements: [Element]
    private var start = 0
    private(set) var count: Int
    private let filler: Element

    init(_ elements: [Element], filler: Element) {
        (self.elements, count, self.filler) = (elements, elements.count, filler)
    }

    init(capacity: Int, filler: Element) {
        elements = Array(repeating: filler, count: capacity)
        (count, self.filler) = (0, filler)
    }

    var first: Element? { count > 0 ? elements[start] : nil }

    /// Adds an element; false when there is no room.
    @discardableResult
    mutating func append(_ element: Element) -> Bool {
        guard count < elements.count else { return false }
        elements[(start + count) % elements.count] = element
        count += 1
        return true
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = elements[start]
        elements[start] = filler
        start = (start + 1) % elements.count
        count -= 1
        return element
    }
}

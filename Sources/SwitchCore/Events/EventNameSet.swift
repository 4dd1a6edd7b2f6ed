/// A set of kinds of events, as two words of bits.
public struct EventNameSet: Hashable, Sendable, ExpressibleByArrayLiteral {
    private(set) var low: UInt64 = 0
    private(set) var high: UInt64 = 0

    /// The set of the given kinds.
    public init(arrayLiteral names: EventName...) {
        for name in names { insert(name) }
    }

    /// The set of the given kinds.
    public init(_ names: some Sequence<EventName>) {
        for name in names { insert(name) }
    }

    /// Every kind there is.
    public static let all = EventNameSet(EventName.allCases)

    /// Whether there is nothing in it.
    public var isEmpty: Bool { low | high == 0 }

    /// Whether a kind is in it.
    public func contains(_ name: EventName) -> Bool {
        let bit = UInt64(1) << UInt64(name.rawValue & 63)
        return (name.rawValue < 64 ? low : high) & bit != 0
    }

    /// Puts a kind in.
    public mutating func insert(_ name: EventName) {
        let bit = UInt64(1) << UInt64(name.rawValue & 63)
        if name.rawValue < 64 { low |= bit } else { high |= bit }
    }

    /// Takes a kind out.
    public mutating func remove(_ name: EventName) {
        let bit = UInt64(1) << UInt64(name.rawValue & 63)
        if name.rawValue < 64 { low &= ~bit } else { high &= ~bit }
    }

    /// Whether another set holds everything that is in this one.
    public func isSubset(of other: EventNameSet) -> Bool { low & ~other.low | high & ~other.high == 0 }

    /// Puts in everything that another set holds.
    public mutating func formUnion(_ other: EventNameSet) {
        low |= other.low
        high |= other.high
    }
}

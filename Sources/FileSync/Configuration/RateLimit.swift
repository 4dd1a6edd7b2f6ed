/// How many bytes a second go to a peer and come from it.
public struct LinkRates: Hashable, Sendable {
    /// To the peer; `nil` for no limit.
    public var send: ByteRate?
    /// From the peer; `nil` for no limit.
    public var receive: ByteRate?

    /// Rates.
    public init(send: ByteRate? = nil, receive: ByteRate? = nil) {
        (self.send, self.receive) = (send, receive)
    }
}

/// A `<limit/>`: rates for some times of the week.
public struct RateLimit: Hashable, Sendable {
    /// How many there may be in one place.
    static let maximumCount = 32

    /// When it counts; `nil` for always.
    public var hours: Hours?
    /// The rates.
    public var rates: LinkRates

    /// A limit.
    public init(hours: Hours? = nil, rates: LinkRates) {
        (self.hours, self.rates) = (hours, rates)
    }
}

extension [RateLimit] {
    /// The rates at a time: those of the first limit whose hours fit, and none without one.
    public func rates(at time: WeekTime) -> LinkRates {
        first { $0.hours?.contains(time) ?? true }?.rates ?? LinkRates()
    }
}

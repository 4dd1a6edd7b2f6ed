/// Where the use of limited things is counted: what a module such as `mod_hash` registers for `limit`.
public protocol LimitBackend: Sendable {
    /// Counts one more use of a resource for a channel, unless there are too many already.
    ///
    /// A channel counts once for each resource, however often it asks; its attempts count towards a rate each time.
    func take(_ resource: LimitedResource, maximum: LimitMaximum, for channel: String) -> LimitDecision

    /// Gives back what a channel holds: one resource, or all.
    func release(_ resource: LimitedResource?, by channel: String)

    /// How much of a resource is in use, and at what rate.
    func usage(of resource: LimitedResource) -> LimitUsage

    /// Begins the interval of a rate anew.
    func resetInterval(of resource: LimitedResource)

    /// How many resources are counted.
    var count: Int { get }

    /// Forgets every resource and whoever holds it.
    func reset()
}

/// What is limited: a name within a realm.
public struct LimitedResource: Hashable, Sendable {
    /// The realm, often a domain.
    public var realm: String
    /// The name within it.
    public var name: String

    /// A resource.
    public init(realm: String, name: String) {
        (self.realm, self.name) = (realm, name)
    }

    /// The name in variables and listings: `realm_name`.
    public var key: String { "\(realm)_\(name)" }
}

/// How much of a resource may be used.
public struct LimitMaximum: Hashable, Sendable {
    /// How many uses at once, or in an interval; `nil` only counts.
    public var count: Int?
    /// The seconds of the interval of a rate; 0 limits uses at once.
    public var interval: Int

    /// Reads `max` or `max/interval`; nothing, or a number below zero, only counts.
    public init(_ text: String?) {
        let parts = (text ?? "").split(separator: "/", maxSplits: 1)
        count = parts.first.flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
        interval = parts.count > 1 ? max(Int(parts[1]) ?? 0, 0) : 0
    }
}

/// How much of a resource is used.
public struct LimitUsage: Hashable, Sendable {
    /// How many channels use it.
    public var total: Int
    /// How many attempts there were in the present interval.
    public var rate: Int

    /// A usage.
    public init(total: Int = 0, rate: Int = 0) {
        (self.total, self.rate) = (total, rate)
    }
}

/// What came of asking for one more use.
public struct LimitDecision: Hashable, Sendable {
    /// Whether the channel may.
    public var isGranted: Bool
    /// What is in use afterwards.
    public var usage: LimitUsage

    /// A decision.
    public init(isGranted: Bool, usage: LimitUsage) {
        (self.isGranted, self.usage) = (isGranted, usage)
    }
}

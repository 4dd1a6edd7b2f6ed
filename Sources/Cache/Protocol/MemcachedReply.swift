/// What a server answers to a command, in memcached's text protocol.
public enum MemcachedReply: Hashable, Sendable {
    /// The items that a `get` found, or the statistics of a server; none of either look the same.
    case items([MemcachedItem])
    /// The statistics of a server, in their order.
    case statistics([MemcachedStatistic])
    /// One word says how it went.
    case outcome(MemcachedOutcome)
    /// What a counter is now.
    case number(UInt64)
    /// The server's version.
    case version(String)
}

/// An item as a server has it.
public struct MemcachedItem: Hashable, Sendable {
    /// Its key.
    public let key: String
    /// What the one who stored it says about it.
    public let flags: UInt32
    /// Its value.
    public let value: [UInt8]
    /// The number that the server gave it when it was stored, greater than those of all before; `nil` where it was not asked
    /// for.
    public let unique: UInt64?

    /// An item.
    public init(key: String, flags: UInt32, value: [UInt8], unique: UInt64? = nil) {
        (self.key, self.flags, self.value, self.unique) = (key, flags, value, unique)
    }
}

/// One figure that a server tells about itself.
public struct MemcachedStatistic: Hashable, Sendable {
    /// What is counted: `curr_items`.
    public let name: String
    /// How it stands.
    public let value: String

    /// A figure.
    public init(name: String, value: String) {
        (self.name, self.value) = (name, value)
    }
}

/// How a command went.
public enum MemcachedOutcome: Hashable, Sendable {
    /// It is stored.
    case stored
    /// It is not: `add` found the key, or `replace` did not.
    case notStored
    /// Somebody else has changed it meanwhile.
    case exists
    /// There is no such key.
    case notFound
    /// It is gone.
    case deleted
    /// It lasts longer.
    case touched
    /// Done.
    case ok
    /// The server does not know the command.
    case unknownCommand
    /// The server does not take what it was sent.
    case clientError(String)
    /// The server cannot.
    case serverError(String)
}

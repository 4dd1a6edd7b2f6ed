/// One database of several that hold the same data.
public struct NodeSettings: Sendable, Hashable {
    /// The name in commands, metrics and the log.
    public var name: String
    /// Where it is: a data source name, which may hold a password.
    public var dataSource: String
    /// Those with the lowest number are used as long as one of them can be.
    public var priority = 1
    /// Its share of the work beside others of the same priority, 1 to 1000.
    public var weight = 100
    /// Where it stands; a node in the balancer's own place is preferred to every other.
    public var dataCenter = ""
    /// Whether it may be written to; what the node says of itself counts beside.
    public var mayWrite = true
    /// How many statements it carries out at once: as many connections are opened at most.
    public var connections = 8

    /// A node with the usual settings.
    public init(name: String, dataSource: String) {
        (self.name, self.dataSource) = (name, dataSource)
    }
}

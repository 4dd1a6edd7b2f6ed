/// How a balancer chooses among its nodes, and when it trusts them.
public struct BalancerSettings: Sendable, Hashable {
    /// Who is written to.
    public enum Writers: String, Sendable, Hashable, CaseIterable {
        /// One node at a time: two that change the same row never meet.
        case single
        /// Every node that takes changes.
        case multiple
    }

    /// Which of several equal nodes gets the next statement.
    public enum Policy: String, Sendable, Hashable, CaseIterable {
        /// One after the other, each as often as its weight says.
        case roundRobin = "round-robin"
        /// The one with the fewest statements for its weight.
        case leastConnections = "least-connections"
    }

    /// Who is read from.
    public enum Readers: String, Sendable, Hashable, CaseIterable {
        /// Every node.
        case all
        /// The one that is written to: what was written is always seen, and the others wait for its end.
        case writer
    }

    /// The name in data source names: `balancer://<name>`.
    public var name: String
    /// The nodes, in the order of the configuration.
    public var nodes: [NodeSettings] = []
    /// Who is written to.
    public var writers = Writers.single
    /// Who is read from.
    public var readers = Readers.all
    /// Which of several equal nodes gets the next statement.
    public var policy = Policy.leastConnections
    /// Where this program runs; empty when it does not matter.
    public var dataCenter = ""

    /// Where `tandem db-balancer` takes connections for changes: an address and a port.
    public var writerAddress: String?
    /// Where it takes connections that only read.
    public var readerAddress: String?

    /// How often each node is checked.
    public var checkInterval = Duration.milliseconds(250)
    /// How long a check may take until its node gets nothing new to do: with what passes until a check begins, and the time
    /// between two looks at the clock, a node that hangs gets nothing after half a second.
    public var checkPatience = Duration.milliseconds(200)
    /// How long a check may take until its node is taken for dead.
    public var checkTimeout = Duration.milliseconds(1000)
    /// How soon a node is asked again whose answer does not fit.
    public var recheckInterval = Duration.milliseconds(50)
    /// How long an answer may not fit until its node is given up.
    public var doubtLimit = Duration.milliseconds(100)
    /// How long a node has to be well before it is let in again.
    public var settling = Duration.milliseconds(500)
    /// How long the share of a node grows that was let in.
    public var slowStart = Duration.seconds(5)
    /// How long changes and connections for them may go on where they are when another node becomes the writer.
    public var writerGrace = Duration.seconds(5)
    /// Whether a node of Galera that comes back becomes the writer again, when it comes before the one that is: so the
    /// balancers of several programs, which have seen different things, agree in the end.
    public var failsBack = true
    /// How long that node has been well by then, with its whole share.
    public var failBackHold = Duration.seconds(30)
    /// How far a node may be behind the others.
    public var maximumLag = Duration.milliseconds(500)
    /// How many transactions may wait to be applied on a node of Galera.
    public var receiveQueueLimit = 100
    /// Which part of the time a node of Galera may hold up the others, in percent.
    public var flowControlLimit = 50
    /// Whether a node of Galera is used while it gives its data to another one.
    public var usesDonors = false
    /// Whether a row that is written elsewhere has to be read on a node before it is let in.
    public var needsCanary = true
    /// Whether changes note their number in a table, so that a lost answer can be looked up.
    public var numbersRequests = true

    /// How long a statement may take that does not say so itself.
    public var deadline = Duration.seconds(10)
    /// Whether the nodes are for connections of others: then nothing is asked here but how they are.
    public var isForConnections = false
    /// How many statements may wait for a node.
    public var waiters = 1024

    /// A balancer without nodes.
    public init(name: String) {
        self.name = name
    }
}

/// A node, by a number that does not change with its address or its certificate: the beginning of a hash of its name.
public struct NodeID: Hashable, Comparable, Sendable {
    /// The number.
    public let number: UInt64

    /// A node.
    public init(_ number: UInt64) {
        self.number = number
    }

    /// The order of numbers.
    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// One event of one node: its `counter`th change in a folder.
///
/// No two changes of a folder have the same dot, so a dot names a version of a file.
public struct Dot: Hashable, Comparable, Sendable {
    /// The largest counter that is taken from anybody, so that ours can always be one more.
    public static let maximumCounter: UInt64 = 1 << 62

    /// Whose change it was.
    public var node: NodeID
    /// Which of its changes it was, from 1.
    public var counter: UInt64

    /// A dot.
    public init(node: NodeID, counter: UInt64) {
        self.node = node
        self.counter = counter
    }

    /// The order of counters, then of nodes.
    public static func < (left: Self, right: Self) -> Bool {
        (left.counter, left.node) < (right.counter, right.node)
    }
}

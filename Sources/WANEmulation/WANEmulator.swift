public import Base

/// A wide area network as a value: nodes that have networks, and between each two of them a path with two directions.
///
/// Packets of IP and the time go in, packets for nodes come out. Everything that chance does comes from a seed, for each
/// direction by itself: what happens on one path does not change another.
public struct WANEmulator: Sendable {
    /// How many nodes there may be.
    public static let maximumNodes = 64
    /// How many networks a node may have.
    public static let maximumPrefixes = 64

    /// Somebody with networks of their own.
    public struct Node: Hashable, Sendable {
        /// What commands call it.
        public let name: String
        /// The networks behind it.
        public let prefixes: [IPPrefix]
    }

    /// A packet that arrives.
    public struct Arrival: Hashable, Sendable {
        /// The node that it arrives at, by its place among ``WANEmulator/nodes``.
        public let node: Int
        /// The whole packet, as it was sent.
        public let packet: [UInt8]
    }

    /// Those who take part, in the order in which they came.
    public private(set) var nodes: [Node] = []
    /// How many packets were for nobody.
    public private(set) var strays = 0
    private let seed: UInt64
    /// By sender and receiver.
    private var directions: [[Timed]] = []
    private var timers = TimerQueue<Pair>()

    private struct Pair: Hashable, Sendable {
        let from: Int
        let to: Int
    }

    private struct Timed: Sendable {
        var direction: WANDirection
        /// The deadline that was set for it.
        var announced: MonotonicInstant?
    }

    /// A network without nodes.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// Takes in a node; its paths do nothing to packets.
    ///
    /// - Returns: Its place; `nil` when the name is taken, or when there are too many.
    public mutating func add(_ name: String, _ prefixes: [IPPrefix]) -> Int? {
        guard nodes.count < Self.maximumNodes, prefixes.count <= Self.maximumPrefixes, place(of: name) == nil else {
            return nil
        }
        let place = nodes.count
        nodes.append(Node(name: name, prefixes: prefixes))
        for other in directions.indices { directions[other].append(timed(from: other, to: place)) }
        directions.append(nodes.indices.map { timed(from: place, to: $0) })
        return place
    }

    private func timed(from: Int, to: Int) -> Timed {
        var mixed = SeededGenerator(seed: seed &+ UInt64(from * Self.maximumNodes + to))
        return Timed(direction: WANDirection(seed: mixed.next()))
    }

    /// The place of a node.
    public func place(of name: String) -> Int? { nodes.firstIndex { $0.name == name } }

    /// One direction between two nodes, as it is now; `nil` when there is none.
    public func direction(from: Int, to: Int) -> WANDirection? {
        guard directions.indices.contains(from), directions.indices.contains(to) else { return nil }
        return directions[from][to].direction
    }

    /// Changes how one direction treats packets.
    public mutating func set(_ conditions: WANConditions, from: Int, to: Int, at now: MonotonicInstant) {
        guard directions.indices.contains(from), directions.indices.contains(to) else { return }
        directions[from][to].direction.set(conditions, at: now)
        announce(Pair(from: from, to: to))
    }

    // MARK: - Packets

    /// Takes in a packet that a node sends; it goes to the node whose network its destination is in.
    public mutating func enter(_ packet: [UInt8], from: Int, at now: MonotonicInstant) {
        guard directions.indices.contains(from), let to = Self.destination(of: packet).flatMap({ owner(of: $0) }) else {
            strays += 1
            return
        }
        directions[from][to].direction.enter(packet, at: now)
        announce(Pair(from: from, to: to))
    }

    /// When a packet arrives next, or begins its way.
    public var nextEvent: MonotonicInstant? { timers.nextDeadline }

    /// Takes out what has arrived; on each path in the order of arrival.
    public mutating func arrivals(at now: MonotonicInstant) -> [Arrival] {
        var arrivals: [Arrival] = []
        while let pair = timers.popExpired(now: now) {
            directions[pair.from][pair.to].announced = nil
            while let packet = directions[pair.from][pair.to].direction.popArrival(at: now) {
                arrivals.append(Arrival(node: pair.to, packet: packet))
            }
            announce(pair)
        }
        return arrivals
    }

    private mutating func announce(_ pair: Pair) {
        let timed = directions[pair.from][pair.to]
        guard let next = timed.direction.nextEvent, timed.announced.map({ next < $0 }) ?? true else { return }
        directions[pair.from][pair.to].announced = next
        timers.set(pair, at: next)
    }

    // MARK: - Addresses

    private func owner(of address: IPAddress) -> Int? {
        var (owner, longest) = (Int?.none, -1)
        for (place, node) in nodes.enumerated() {
            for prefix in node.prefixes where prefix.length > longest && prefix.contains(address) {
                (owner, longest) = (place, prefix.length)
            }
        }
        return owner
    }

    /// Where a packet of IP goes; `nil` when it is none.
    static func destination(of packet: [UInt8]) -> IPAddress? {
        func bits(_ range: Range<Int>) -> UInt64 { packet[range].reduce(0) { $0 << 8 | UInt64($1) } }
        switch packet.first.map({ $0 >> 4 }) {
        case 4? where packet.count >= 20: return IPAddress(v4: UInt32(truncatingIfNeeded: bits(16..<20)))
        case 6? where packet.count >= 40: return IPAddress(v6: bits(24..<32), bits(32..<40))
        default: return nil
        }
    }
}

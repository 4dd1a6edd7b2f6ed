import Base
import SIP

/// The connections of a listener, by number and by peer, within their limits.
struct ConnectionTable {
    /// A peer, how it is spoken to, and whether it has connected.
    private struct Peer: Hashable {
        let remote: IPEndpoint
        let kind: SIPTransportKind
        let isAccepted: Bool

        init(_ connection: StreamConnection) {
            self.init(connection.flow.remote, connection.flow.transport, connection.isAccepted)
        }

        init(_ remote: IPEndpoint, _ kind: SIPTransportKind, _ isAccepted: Bool) {
            (self.remote, self.kind, self.isAccepted) = (remote, kind, isAccepted)
        }
    }

    private let limits: StreamLimits
    private var connections: [UInt64: StreamConnection] = [:]
    private var newestByPeer: [Peer: UInt64] = [:]
    private var countByAddress: [IPAddress: Int] = [:]
    private var lastNumber: UInt64 = 0
    private var turns = ConnectionTurns()

    init(_ limits: StreamLimits) {
        self.limits = limits
    }

    var isEmpty: Bool { connections.isEmpty }

    var all: [StreamConnection] { Array(connections.values) }

    /// Some connections, and others the next time, until it was everybody's turn.
    mutating func takeTurns(_ count: Int) -> [StreamConnection] { turns.take(count).compactMap { connections[$0] } }

    subscript(number: UInt64) -> StreamConnection? { connections[number] }

    /// The newest connection with a peer, whoever has made it.
    func connection(to remote: IPEndpoint, over kind: SIPTransportKind) -> StreamConnection? {
        let made = connection(to: remote, over: kind, isAccepted: false)
        let accepted = connection(to: remote, over: kind, isAccepted: true)
        guard let made, let accepted else { return made ?? accepted }
        return made.flow.connection > accepted.flow.connection ? made : accepted
    }

    /// The newest connection that a peer has made, or that was made to it.
    func connection(to remote: IPEndpoint, over kind: SIPTransportKind, isAccepted: Bool) -> StreamConnection? {
        newestByPeer[Peer(remote, kind, isAccepted)].flatMap { connections[$0] }
    }

    /// Whether another connection with that address may be kept.
    func hasRoom(for address: IPAddress) -> Bool {
        connections.count < limits.connections && countByAddress[address, default: 0] < limits.connectionsPerAddress
    }

    /// A number that no connection has had.
    mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    mutating func add(_ connection: StreamConnection) {
        let flow = connection.flow
        connections[flow.connection] = connection
        turns.add(flow.connection)
        newestByPeer[Peer(connection)] = flow.connection
        countByAddress[flow.remote.address, default: 0] += 1
    }

    /// - Returns: whether it was there.
    mutating func remove(_ connection: StreamConnection) -> Bool {
        let flow = connection.flow
        guard connections.removeValue(forKey: flow.connection) != nil else { return false }
        if newestByPeer[Peer(connection)] == flow.connection { newestByPeer[Peer(connection)] = nil }
        turns.remove(flow.connection)
        let left = countByAddress[flow.remote.address, default: 1] - 1
        countByAddress[flow.remote.address] = left > 0 ? left : nil
        return true
    }

    /// Forgets all connections and hands them out.
    mutating func removeAll() -> [StreamConnection] {
        defer { (connections, newestByPeer, countByAddress, turns) = ([:], [:], [:], ConnectionTurns()) }
        return all
    }
}

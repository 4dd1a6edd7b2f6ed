public import Base
public import SIP
public import SIPTransport

/// How a simulated network treats datagrams.
public struct NetworkConditions: Sendable {
    /// The share of datagrams that are lost, 0…1.
    public var loss = 0.0
    /// The share of datagrams that arrive twice, 0…1.
    public var duplication = 0.0
    /// The shortest time that a datagram takes.
    public var delay = Duration.milliseconds(5)
    /// How much longer it may take; more than the time between two datagrams reorders them.
    public var jitter = Duration.zero

    /// A good network: nothing is lost, 5 ms.
    public init() {}
}

// @unchecked: confined to its simulated loop.
/// UDP between switches and phones of a test, with loss, duplication, delay and reordering from a seed; and TCP and TLS,
/// whose connections only take their time.
public final class SimulatedNetwork: SIPTransport, @unchecked Sendable {
    /// The loop that everything happens on.
    public let loop: SimulatedLoop
    /// How datagrams are treated from now on.
    public var conditions: NetworkConditions
    private var generator: SeededGenerator
    private var receivers: [IPEndpoint: any SIPReceiver] = [:]
    private var connections: [UInt64: Connection] = [:]
    private var lastConnection: UInt64 = 0
    /// The addresses of host names; all others are unknown.
    public var names: [String: [IPAddress]] = [:]
    /// How long the look-up of a name takes.
    public var lookUpTime: @Sendable (String) -> Duration = { _ in .zero }
    /// How long it takes to get an endpoint, and whether it is refused then, as if somebody had it.
    public var listening: (time: Duration, isRefused: Bool) = (.zero, false)
    /// The names that were looked up, in order.
    public private(set) var lookedUp: [String] = []
    /// How many look-ups went on at the same time at most.
    public private(set) var mostLookUpsInFlight = 0
    private var lookUpsInFlight = 0
    /// Every datagram that was sent, for transcripts: what was lost as well.
    public private(set) var sentCount = 0
    /// How many datagrams were lost.
    public private(set) var lostCount = 0

    /// A connection over TCP or TLS, by the listeners at its ends.
    private struct Connection {
        let kind: SIPTransportKind
        /// The listener that made it.
        let maker: IPEndpoint
        /// The address and port that it was made from.
        let source: IPEndpoint
        let taker: IPEndpoint

        /// What a listener at one of the ends calls it.
        func flow(of end: IPEndpoint, _ number: UInt64) -> SIPFlow {
            SIPFlow(transport: kind, local: end, remote: end == maker ? taker : source, connection: number)
        }
    }

    /// A network; the seed decides what is lost, doubled and delayed.
    public init(loop: SimulatedLoop, seed: UInt64, conditions: NetworkConditions = NetworkConditions()) {
        (self.loop, self.conditions) = (loop, conditions)
        generator = SeededGenerator(seed: seed)
    }

    /// Listens on an endpoint of the simulated network.
    public func listen(
        on endpoint: IPEndpoint,
        kinds: Set<SIPTransportKind>,
        secured: SecuredEndpoint?,
        loop: any Loop,
        receiver: any SIPReceiver
    ) async throws -> any SIPListener {
        if listening.time > .zero { try? await self.loop.sleep(for: listening.time) }
        guard !listening.isRefused else { throw EndpointTaken() }
        receivers[endpoint] = receiver
        return SimulatedListener(endpoint: endpoint, securedPort: secured?.port, network: self)
    }

    /// Somebody has the endpoint.
    private struct EndpointTaken: Error {}

    /// Listens, without a task.
    public func attach(_ receiver: any SIPReceiver, at endpoint: IPEndpoint) -> any SIPListener {
        receivers[endpoint] = receiver
        return SimulatedListener(endpoint: endpoint, securedPort: nil, network: self)
    }

    /// The addresses of a name from ``names``, after ``lookUpTime``.
    public func resolve(_ host: String) async -> [IPAddress] {
        if let address = IPAddress(host) { return [address] }
        lookedUp.append(host)
        lookUpsInFlight += 1
        mostLookUpsInFlight = max(mostLookUpsInFlight, lookUpsInFlight)
        let time = lookUpTime(host)
        if time > .zero { try? await loop.sleep(for: time) }
        lookUpsInFlight -= 1
        return names[host] ?? []
    }

    func send(_ bytes: [UInt8], from source: IPEndpoint, to target: IPEndpoint) {
        sentCount += 1
        if chance(conditions.loss) {
            lostCount += 1
            return
        }
        deliver(bytes, from: source, to: target)
        if chance(conditions.duplication) { deliver(bytes, from: source, to: target) }
    }

    private func deliver(_ bytes: [UInt8], from source: IPEndpoint, to target: IPEndpoint) {
        let extra = conditions.jitter.wholeNanoseconds
        let jitter = extra > 0 ? Int64.random(in: 0...extra, using: &generator) : 0
        let arrival = loop.now + conditions.delay + .nanoseconds(jitter)
        _ = loop.schedule(at: arrival) { [weak self] in
            guard let receiver = self?.receivers[target] else { return }
            receiver.received(bytes, over: SIPFlow(transport: .udp, local: target, remote: source))
        }
    }

    private func chance(_ share: Double) -> Bool {
        share > 0 && Double.random(in: 0..<1, using: &generator) < share
    }

    func detach(_ endpoint: IPEndpoint) {
        receivers[endpoint] = nil
        for (number, connection) in connections where connection.maker == endpoint || connection.taker == endpoint {
            disconnect(number)
        }
    }

    // MARK: - TCP and TLS

    /// The connection between two endpoints that exists already, or a new one; with TLS nobody is taken for the one who is
    /// meant because he has connected.
    func connect(_ maker: IPEndpoint, to remote: IPEndpoint, over kind: SIPTransportKind) -> SIPFlow {
        let known = connection(of: maker, with: remote, over: kind)
        if let known, kind != .tls || known.value.maker == maker { return known.value.flow(of: maker, known.key) }
        lastConnection += 1
        let source = IPEndpoint(maker.address, port: 40_000 + UInt16(truncatingIfNeeded: lastConnection))
        let connection = Connection(kind: kind, maker: maker, source: source, taker: remote)
        connections[lastConnection] = connection
        return connection.flow(of: maker, lastConnection)
    }

    private func connection(
        of end: IPEndpoint,
        with remote: IPEndpoint,
        over kind: SIPTransportKind
    ) -> (key: UInt64, value: Connection)? {
        connections.first { _, connection in
            connection.kind == kind
                && (connection.maker == end && connection.taker == remote
                    || connection.taker == end && connection.source == remote)
        }
    }

    /// The connection between two endpoints, whoever has made it.
    func known(_ end: IPEndpoint, with remote: IPEndpoint, over kind: SIPTransportKind) -> SIPFlow? {
        connection(of: end, with: remote, over: kind).map { $0.value.flow(of: end, $0.key) }
    }

    func send(_ bytes: [UInt8], over flow: SIPFlow) {
        let number = flow.connection
        sentCount += 1
        _ = loop.schedule(at: loop.now + conditions.delay) { [weak self] in
            guard let self else { return }
            guard let connection = connections[number] else {
                receivers[flow.local]?.closed(flow)
                return
            }
            let target = flow.local == connection.maker ? connection.taker : connection.maker
            guard let receiver = receivers[target] else { return disconnect(number) }
            receiver.received(bytes, over: connection.flow(of: target, number))
        }
    }

    func isOpen(_ flow: SIPFlow) -> Bool {
        flow.transport == .udp || connections[flow.connection] != nil
    }

    /// Breaks every connection with that address.
    public func disconnect(_ address: IPAddress) {
        for (number, connection) in connections.sorted(by: { $0.key < $1.key })
        where connection.maker.address == address || connection.taker.address == address {
            disconnect(number)
        }
    }

    private func disconnect(_ number: UInt64) {
        guard let connection = connections.removeValue(forKey: number) else { return }
        for end in [connection.maker, connection.taker] {
            receivers[end]?.closed(connection.flow(of: end, number))
        }
    }
}

/// One endpoint of a simulated network.
final class SimulatedListener: SIPListener {
    let endpoint: IPEndpoint
    let securedPort: UInt16?
    private let network: SimulatedNetwork

    init(endpoint: IPEndpoint, securedPort: UInt16?, network: SimulatedNetwork) {
        (self.endpoint, self.securedPort, self.network) = (endpoint, securedPort, network)
    }

    func send(_ bytes: [UInt8], over flow: SIPFlow) {
        if flow.transport.isReliable {
            network.send(bytes, over: flow)
        } else {
            network.send(bytes, from: endpoint, to: flow.remote)
        }
    }

    func flow(to remote: IPEndpoint, over kind: SIPTransportKind, host: String?) -> SIPFlow? {
        switch kind {
        case .udp: SIPFlow(transport: .udp, local: endpoint, remote: remote)
        case .tcp, .tls: network.connect(endpoint, to: remote, over: kind)
        case .ws, .wss: nil
        }
    }

    func flow(heardFrom remote: IPEndpoint, over kind: SIPTransportKind) -> SIPFlow? {
        kind == .udp ? flow(to: remote, over: .udp) : network.known(endpoint, with: remote, over: kind)
    }

    func isOpen(_ flow: SIPFlow) -> Bool { network.isOpen(flow) }

    func close() async {
        network.detach(endpoint)
    }
}

import Base
import FileReplication
import Glibc
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// All connections of a node: listens, calls its peers, and hands folders to those who may have them.
final class PeerHub: PeerConnectionOwner {
    /// What is configured.
    struct Plan: Sendable {
        /// What this node is called.
        var node: NodeName
        /// Its certificate and the peers' authority.
        var tls: PeerTLS
        /// The peers, and what each may have.
        var peers: [Grant]
    }

    /// What a peer may have.
    struct Grant: Sendable {
        var peer: PeerSettings
        /// The folders with their own limits.
        var folders: [String: [RateLimit]]
    }

    /// How many may call who have not shown yet who they are.
    private static let mostUnknown = 64
    /// How many bytes the system takes that it cannot send yet.
    ///
    /// What is behind them, however small, waits for them, and the system's own buffers grow to megabytes.
    private static let mostUnsent: SocketOptionValue = 64 << 10
    private static let unsentLowWater = NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)
    /// How much longer the greater one of two nodes waits before it calls again.
    private static let courtesy = Duration.milliseconds(250)
    private static let connectTime = TimeAmount.seconds(10)
    /// How often the clock is looked at for limits with hours.
    private static let ratePause = TimeAmount.seconds(10)

    /// Whether a peer is called.
    enum Calling {
        case not
        /// A call goes on.
        case calling
        /// The next one comes after a pause.
        case pausing
    }

    struct Peer {
        var grant: Grant
        var current: (connection: PeerConnection, choice: ConnectionChoice)?
        var channels: [FolderChannel] = []
        var calling = Calling.not
        var backOff = BackOff()
        var fault: PeerFault?
        var connections = 0
    }

    struct State {
        var plan: Plan
        var peers: [NodeID: Peer] = [:]
        /// By peer, and by peer and folder; they outlive changes of the configuration.
        var counters: [NodeID: ByteCounters] = [:]
        var folderCounters: [NodeID: [String: ByteCounters]] = [:]
        var unknown: [ObjectIdentifier: PeerConnection] = [:]
        var listener: (any Channel)?
        var isStopped = false
        /// Connections that are open, to be ended.
        var all: [ObjectIdentifier: PeerConnection] = [:]
    }

    let state: Mutex<State>
    private let group: MultiThreadedEventLoopGroup
    private let logger: Logger
    private let folder: @Sendable (String) -> SyncFolder?
    private let instance = UInt64.random(in: 1 ... .max)
    private let refusals = RefusalTally()
    private let clock: @Sendable () -> WeekTime
    private let pulse = Mutex<RepeatedTask?>(nil)

    /// A hub that does nothing yet.
    ///
    /// - Parameters:
    ///   - clock: The time of the week, for limits.
    ///   - folder: A folder by its name, where it is at work.
    init(
        _ plan: Plan,
        threads: Int = 2,
        logger: Logger,
        clock: @escaping @Sendable () -> WeekTime,
        folder: @escaping @Sendable (String) -> SyncFolder?
    ) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        state = Mutex(State(plan: plan))
        (self.logger, self.clock, self.folder) = (logger, clock, folder)
    }

    /// Begins to call the peers.
    func start() {
        apply(state.withLock { $0.plan })
        let task = group.next().scheduleRepeatedTask(initialDelay: Self.ratePause, delay: Self.ratePause) { _ in
            self.applyRates()
        }
        pulse.withLock { $0 = task }
    }

    /// Ends all connections, and listening.
    func stop() async {
        pulse.withLock { $0?.cancel() }
        await stopListening()
        let connections = state.withLock { state in
            state.isStopped = true
            return Array(state.all.values)
        }
        for connection in connections { connection.end(.ended) }
        try? await group.shutdownGracefully()
    }

    // MARK: - Listening

    /// Where peers may call.
    var listeningAddress: SocketAddress? { state.withLock { $0.listener?.localAddress } }

    /// Listens somewhere, and where it did before no more.
    func listen(at address: PeerAddress) async throws(PeerFault) {
        await stopListening()
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.tcpOption(Self.unsentLowWater), value: Self.mostUnsent)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
                }
                .bind(host: address.host, port: address.port).get()
            state.withLock { $0.listener = channel }
        } catch {
            throw .closed("cannot listen at \(address): \(error)")
        }
    }

    /// Listens no more.
    func stopListening() async {
        let old = state.withLock { state in
            defer { state.listener = nil }
            return state.listener
        }
        try? await old?.close()
    }

    private struct TooManyCallers: Error {}

    private func accept(_ channel: any Channel) throws {
        let tls = state.withLock { $0.unknown.count < Self.mostUnknown && !$0.isStopped ? $0.plan.tls : nil }
        guard let tls else { throw TooManyCallers() }
        let check = CertificateCheck { [weak self] in self?.isKnown($0, nil) ?? false }
        try open(channel, to: nil, tls: tls.serverHandler(check), check)
    }

    private func open(
        _ channel: any Channel,
        to peer: PeerSettings?,
        tls: NIOSSLHandler,
        _ check: CertificateCheck
    ) throws {
        let counter = WireCounter()
        let connection = PeerConnection(channel, to: peer, counter: counter, tls: tls, check: check, owner: self)
        try channel.pipeline.syncOperations.addHandlers([counter, tls, connection])
    }

    func began(_ connection: PeerConnection) -> Bool {
        state.withLock { state in
            guard !state.isStopped else { return false }
            state.all[ObjectIdentifier(connection)] = connection
            if !connection.isOutgoing { state.unknown[ObjectIdentifier(connection)] = connection }
            return true
        }
    }

    // MARK: - Calling

    /// Calls a peer, unless there is a connection, or it is called already.
    private func call(_ id: NodeID) {
        let target: (PeerSettings, PeerTLS)? = state.withLock { state in
            guard !state.isStopped, let peer = state.peers[id], peer.current == nil,
                peer.calling == .not, peer.grant.peer.address != nil
            else { return nil }
            state.peers[id]?.calling = .calling
            return (peer.grant.peer, state.plan.tls)
        }
        guard let (peer, tls) = target, let address = peer.address else { return }
        ClientBootstrap(group: group)
            .connectTimeout(Self.connectTime)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.tcpOption(Self.unsentLowWater), value: Self.mostUnsent)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let check = CertificateCheck { [weak self] in self?.isKnown($0, peer.name) ?? false }
                    try self.open(channel, to: peer, tls: try tls.clientHandler(peer.name, check), check)
                }
            }
            .connect(host: address.host, port: address.port)
            .whenFailure { error in
                self.callFailed(id, .closed("\(address) cannot be reached: \(error)"))
            }
    }

    private func callFailed(_ id: NodeID, _ fault: PeerFault) {
        note(fault, of: id)
        callLater(id)
    }

    /// Calls a peer after a pause.
    private func callLater(_ id: NodeID) {
        var generator = SystemRandomNumberGenerator()
        let pause: Duration? = state.withLock { state in
            guard !state.isStopped, state.peers[id]?.calling == .calling else { return nil }
            state.peers[id]?.calling = .pausing
            let pause = state.peers[id]?.backOff.next(using: &generator)
            // When both have lost the other, one call is enough: that of the lesser node, whose calls are kept.
            return pause.map { state.plan.node.id < id ? $0 : $0 + Self.courtesy }
        }
        guard let pause else { return }
        group.next().scheduleTask(in: .nanoseconds(pause.wholeNanoseconds)) {
            self.state.withLock { state in
                if state.peers[id]?.calling == .pausing { state.peers[id]?.calling = .not }
            }
            self.call(id)
        }
    }

    // MARK: - The configuration

    /// Does what a changed configuration says: only those connections end of which something has changed but limits.
    func apply(_ plan: Plan) {
        let (ended, ids) = state.withLock { state in
            let before = state.peers
            var ended: [PeerConnection] = []
            state.plan = plan
            state.peers = [:]
            for grant in plan.peers {
                let id = grant.peer.name.id
                var peer = before[id] ?? Peer(grant: grant)
                let hasChanged =
                    peer.grant.folders.keys != grant.folders.keys
                    || peer.grant.peer.fingerprint != grant.peer.fingerprint
                if hasChanged, let current = peer.current?.connection { ended.append(current) }
                if peer.grant.peer.address != grant.peer.address, peer.calling == .pausing {
                    peer.backOff.reset()
                    peer.calling = .not
                }
                peer.grant = grant
                state.peers[id] = peer
                if state.counters[id] == nil { state.counters[id] = ByteCounters() }
            }
            for (id, peer) in before where state.peers[id] == nil {
                if let current = peer.current?.connection { ended.append(current) }
            }
            return (ended, Array(state.peers.keys))
        }
        for connection in ended { connection.end(.ended) }
        for id in ids { call(id) }
        applyRates()
    }

    /// Sets the limits of this time of the week.
    private func applyRates() {
        let now = clock()
        let connected = state.withLock { state in
            state.peers.values.compactMap { peer in peer.current.map { ($0.connection, peer.grant) } }
        }
        for (connection, grant) in connected {
            connection.limit(grant.peer.limits.rates(at: now), grant.folders.mapValues { $0.rates(at: now) })
        }
    }

    // MARK: - What connections ask and say

    /// Whether a certificate is that of a peer, or of any.
    private func isKnown(_ fingerprint: Fingerprint, _ name: NodeName?) -> Bool {
        state.withLock { state in
            state.peers.values.contains { peer in
                peer.grant.peer.fingerprint == fingerprint && (name == nil || peer.grant.peer.name == name)
            }
        }
    }

    func peer(showing certificate: ShownCertificate) -> PeerSettings? {
        state.withLock { state in
            let known = state.peers.values.map(\.grant.peer)
            if let pinned = known.first(where: { $0.fingerprint == certificate.fingerprint }) { return pinned }
            guard state.plan.tls.hasAuthority else { return nil }
            return known.first { $0.fingerprint == nil && certificate.names.contains($0.name.text.lowercased()) }
        }
    }

    func hello(to peer: NodeName) -> PeerHello {
        state.withLock { state in
            let folders = state.peers[peer.id]?.grant.folders.keys.sorted() ?? []
            return PeerHello(name: state.plan.node.text, instance: instance, folders: folders)
        }
    }

    func counters(of peer: NodeName) -> ByteCounters {
        state.withLock { state in
            let counters = state.counters[peer.id] ?? ByteCounters()
            state.counters[peer.id] = counters
            return counters
        }
    }

    func opened(
        _ connection: PeerConnection,
        _ hello: PeerHello,
        granted: [String],
        folders: [Int: String]
    ) throws(PeerFault) -> [Int: FolderChannel] {
        guard let peer = connection.peer else { throw .ended }
        let id = peer.name.id
        let choice = ConnectionChoice(
            isOutgoing: connection.isOutgoing,
            instance: hello.instance,
            began: connection.began
        )
        var served: [String: SyncFolder] = [:]
        for name in folders.values { served[name] = folder(name) }
        let made: Result<(channels: [Int: FolderChannel], old: PeerConnection?), PeerFault> = state.withLock { state in
            // What it was told may not be true any more.
            guard !state.isStopped, let known = state.peers[id], known.grant.folders.keys.sorted() == granted,
                known.grant.peer.fingerprint == peer.fingerprint
            else { return .failure(.ended) }
            if let old = known.current, !choice.replaces(old.choice, own: state.plan.node.id, peer: id) {
                return .failure(.duplicate)
            }
            let channels = Self.channels(folders, id, connection, hello, &state)
            state.unknown[ObjectIdentifier(connection)] = nil
            state.peers[id]?.current = (connection, choice)
            state.peers[id]?.channels = Array(channels.values)
            if connection.isOutgoing { state.peers[id]?.calling = .not }
            state.peers[id]?.backOff.reset()
            state.peers[id]?.fault = nil
            state.peers[id]?.connections += 1
            // Within the lock: a folder has to hear of two connections in the order in which the one replaced the other.
            for channel in channels.values {
                if let folder = served[channel.folder] { Self.connect(folder, channel) }
            }
            return .success((channels, known.current?.connection))
        }
        let (channels, old) = try made.get()
        old?.end(.duplicate)
        let names = folders.values.sorted().joined(separator: ", ")
        logger.notice("connected to \(peer.name) (\(connection.remoteAddress)), folders: \(names)")
        for channel in channels.values {
            if let folder = served[channel.folder] { serve(channel, of: folder) }
        }
        applyRates()
        return channels
    }

    private static func channels(
        _ folders: [Int: String],
        _ peer: NodeID,
        _ connection: PeerConnection,
        _ hello: PeerHello,
        _ state: inout State
    ) -> [Int: FolderChannel] {
        var channels: [Int: FolderChannel] = [:]
        for (number, name) in folders {
            let counters = state.folderCounters[peer, default: [:]][name] ?? ByteCounters()
            state.folderCounters[peer, default: [:]][name] = counters
            channels[number] = FolderChannel(
                name,
                number: number,
                peer: peer,
                on: connection,
                mayPack: hello.features.contains(.packing),
                counters: counters
            )
        }
        return channels
    }

    func closed(_ connection: PeerConnection, _ fault: PeerFault) {
        let key = ObjectIdentifier(connection)
        guard let id = connection.peer?.name.id else {
            state.withLock { ($0.unknown[key], $0.all[key]) = (nil, nil) }
            if let count = refusals.note() {
                logger.warning("refused \(count) callers, the last from \(connection.remoteAddress): \(fault)")
            }
            return
        }
        let (wasCurrent, isAlone) = state.withLock { state in
            (state.unknown[key], state.all[key]) = (nil, nil)
            let wasCurrent = state.peers[id]?.current?.connection === connection
            if wasCurrent {
                state.peers[id]?.current = nil
                state.peers[id]?.channels = []
            }
            let isAlone = state.peers[id]?.current == nil
            if connection.isOutgoing || wasCurrent, state.peers[id]?.calling != .pausing {
                state.peers[id]?.calling = isAlone ? .calling : .not
            }
            return (wasCurrent, isAlone)
        }
        if wasCurrent {
            logger.log(level: fault.isUsual ? .info : .notice, "connection to \(name(of: id)) ended: \(fault)")
            state.withLock { $0.peers[id]?.fault = fault }
        } else if isAlone {
            note(fault, of: id)
        }
        guard isAlone, connection.isOutgoing || wasCurrent else { return }
        callLater(id)
    }

    private func name(of id: NodeID) -> String {
        state.withLock { $0.peers[id]?.grant.peer.name.text } ?? "a peer that is no longer configured"
    }

    /// Tells of a failure once, not each time.
    private func note(_ fault: PeerFault, of id: NodeID) {
        let isNew = state.withLock { state in
            guard let peer = state.peers[id], peer.current == nil else { return false }
            defer { state.peers[id]?.fault = fault }
            return peer.fault != fault
        }
        if isNew { logger.warning("no connection to \(name(of: id)): \(fault)") }
    }

    /// Gives a folder a link; it may send at once.
    private static func connect(_ folder: SyncFolder, _ channel: FolderChannel) {
        channel.onDrained { [weak folder, weak channel] in
            if let channel { folder?.drained(channel.peer, link: channel) }
        }
        folder.connected(channel.peer, link: channel)
    }

    /// Hands what comes to the folder, one message after the other, as long as the connection lasts.
    private func serve(_ channel: FolderChannel, of folder: SyncFolder) {
        Task {
            for await incoming in channel.messages {
                do throws(PeerFault) {
                    let message = try incoming.message()
                    await folder.received(message, from: channel.peer, link: channel)
                    channel.consumed(incoming)
                } catch {
                    channel.refuse(error)
                    break
                }
            }
            folder.disconnected(channel.peer, link: channel)
        }
    }
}

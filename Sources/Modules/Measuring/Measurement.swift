import Base
import Cache
import Database
import DatabaseBalancer
import Logging
import MediaEngine
import NetworkConditions
import SwitchCore
import Synchronization
import Telemetry

/// Looks at everything that tells of peers' networks, every few seconds, and passes it on.
final class Measurement: Sendable {
    /// What was counted.
    struct Counts: Sendable {
        var networks = 0
        var written = 0
        var failures = 0
        var dropped = 0
    }

    /// How many rows are written at a time.
    private static let batch = 1000
    /// How many rows memcached gets.
    private static let items = ConditionText.maximumRows
    /// How long the last rows may take at the end.
    private static let farewell = Duration.seconds(2)
    /// How often what is old is forgotten, in rounds.
    private static let forgetting = 60

    private let configuration: MeasuringConfiguration
    private let softswitch: Switch
    private let sender: ConditionSender
    private let opened: OpenDatabase?
    private let client: MemcachedClient?
    private let observatory: Mutex<Observatory>
    private let prober: CenterProber
    private let dropped = Atomic(0)
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(
        _ configuration: MeasuringConfiguration,
        _ softswitch: Switch,
        _ balancers: Balancers,
        logger: Logger
    ) throws(DatabaseError) {
        (self.configuration, self.softswitch) = (configuration, softswitch)
        var opened: OpenDatabase?
        if !configuration.dsn.isEmpty {
            let name = try DataSourceName(configuration.dsn, directory: softswitch.directories.db)
            opened = try OpenDatabase(name, PoolSettings(connections: 2), balancers: balancers) { [logger] in
                logger.debug("\($0)")
            }
        }
        let node = configuration.node.isEmpty ? softswitch.hostName : configuration.node
        client = configuration.servers.isEmpty ? nil : ConditionItems.client(configuration.servers)
        self.opened = opened
        sender = ConditionSender(
            opened.map { SharedConditions($0.source, configuration.limits) },
            client,
            ConditionItems.Writer(dataCenter: configuration.dataCenter, node: node),
            logger: logger
        )
        observatory = Mutex(Observatory(configuration.collecting))
        let observer = String("\(configuration.dataCenter)/\(node)".prefix(64))
        prober = CenterProber(configuration.centers, observer: observer, serial: softswitch.wallClock())
    }

    /// What was counted up to now.
    var counts: Counts {
        var counts = Counts()
        counts.networks = observatory.withLock { $0.counts.networks }
        (counts.written, counts.failures) = sender.counts
        counts.dropped = dropped.load(ordering: .relaxed)
        return counts
    }

    func start() {
        let task = Task { [self] in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.run() }
                group.addTask { await self.prober.run() }
                group.addTask { await self.prober.tell { await self.sender.send($0) } }
            }
        }
        self.task.withLock { $0 = task }
    }

    /// Ends, after a last attempt to pass on what was seen.
    func stop() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
        let last = Task { await self.pass() }
        let limit = Task {
            try? await Task.sleep(for: Self.farewell)
            last.cancel()
        }
        await last.value
        limit.cancel()
        client?.close()
        await opened?.close()
    }

    private func run() async {
        var round = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: configuration.interval)
            guard !Task.isCancelled else { return }
            await look()
            await pass()
            await probe(round)
            round += 1
            if round % Self.forgetting == 0 { observatory.withLock { $0.expire(at: .now) } }
        }
    }

    /// Looks at everything once.
    func look() async {
        let paths = await softswitch.media.paths()
        var trips: [PathObservations.RoundTrip] = []
        for probe in softswitch.paths.probes.all { trips += await probe() }
        let batch = softswitch.paths.takeAll()
        dropped.add(batch.dropped, ordering: .relaxed)
        let now = MonotonicInstant.now
        observatory.withLock { observatory in
            observatory.take(paths, at: now)
            observatory.take(trips + batch.roundTrips, at: now)
            if configuration.reportsArrivals { observatory.take(batch.arrivals, at: now) }
        }
    }

    /// Passes on what changed.
    func pass() async {
        let now = MonotonicInstant.now
        let channels = (up: softswitch.sessions.count, limit: softswitch.configuration.sessionLimits.maximumSessions)
        let load = observatory.withLock { observatory in
            ConditionSender.Load(
                changes: observatory.takeChanges(configuration.dataCenter, limit: Self.batch),
                best: client == nil ? [] : observatory.best(configuration.dataCenter, limit: Self.items),
                arrivals: observatory.takeArrivals(at: now),
                channels: channels
            )
        }
        if await !sender.send(load, at: now) {
            observatory.withLock { observatory in
                observatory.putBack(load.changes)
                observatory.putBack(load.arrivals)
            }
        }
    }

    /// Asks the phones whose turn it is, so that each is asked once in the time that is configured.
    private func probe(_ round: Int) async {
        guard let interval = configuration.contactProbing else { return }
        let parts = max(1, Int(interval / configuration.interval))
        for probe in softswitch.paths.contactProbes.all { await probe(round % parts, parts) }
    }
}

import Base
import HTTPTransport
public import Logging
import NIOPosix
import NetworkConditions
import Synchronization
import Telemetry
import XMLConfig

/// The smart DNS with all that listens, and what it does from time to time.
public final class SmartDNSService: Sendable {
    /// How often liveness is looked at.
    private static let tick = Duration.milliseconds(300)
    /// How often rows are read.
    private static let refresh = Duration.seconds(2)
    /// How often what others see is read.
    private static let listening = Duration.milliseconds(200)
    /// Arrivals and loads have more time than that.
    private static let listeningsPerArrivals = 10
    /// After how many such times without any answer nobody knows how much data centers have to do.
    private static let lostLoads = 15
    /// How often what is known is written to the disk.
    private static let keeping = Duration.seconds(60)
    /// How often what is old is forgotten.
    private static let forgetting = Duration.seconds(600)
    /// After how many failures in a row the next one is told of.
    private static let failuresBetweenWarnings = 150

    /// What decides.
    public let desk: SteeringDesk
    private let settings: Mutex<SmartDNSConfiguration>
    private let logger: Logger
    private let listener: DNSListener?
    private let socket: BackendSocket?
    private let http: HTTPServer?
    private let sources: [any ConditionSource]
    private let shared: SharedKnowledge?
    private let observer: String
    /// Asks the data centers of the configuration that is in force.
    private let probing = Mutex<Task<Void, Never>?>(nil)
    private let file: SnapshotFile?
    private let isKeeping = Atomic(false)
    /// Whether it has begun: only then what it knows is worth keeping.
    private let hasBegun = Atomic(false)

    /// A service that does nothing yet.
    ///
    /// - Parameter shared: What switches and other name servers tell, beside the file that is configured.
    public init(_ settings: SmartDNSConfiguration, shared: SharedKnowledge? = nil, logger: Logger) {
        self.logger = logger
        self.settings = Mutex(settings)
        file = settings.snapshot.map { SnapshotFile(path: $0) }
        let desk = SteeringDesk(settings, parts: shared?.parts)
        self.desk = desk
        let rows = settings.conditions.map { ConditionFile(path: $0) as any ConditionSource }
        (self.shared, sources) = (shared, [rows, shared].compactMap { $0 })
        observer = SiteName.nameServers + "/" + String((settings.node ?? "").prefix(60))
        listener = settings.port > 0 ? DNSListener(desk, settings) : nil
        let backend = BackendDesk(desk, keys: settings.keys) { logger.warning("\($0)") }
        socket = settings.backendSocket.map { BackendSocket(backend, path: $0) }
        http =
            settings.backendPort > 0
            ? HTTPServer(
                BackendHTTP(backend, secret: settings.backendSecret).service,
                refusal: HTTPPage(.forbidden, "this is for this machine only"),
                isAllowed: { $0.isLoopback }
            ) : nil
    }

    /// Begins: what was known before is there before anybody can ask.
    public func start() async throws {
        restore()
        let settings = settings.withLock { $0 }
        try await socket?.start(for: settings.backendGroup)
        try await http?.start(address: "127.0.0.1", port: settings.backendPort)
        try await listener?.start()
        hasBegun.store(true, ordering: .relaxed)
        for endpoint in Set(listener?.endpoints ?? []) { logger.notice("listening on \(endpoint)") }
        if let path = settings.backendSocket { logger.notice("PowerDNS may ask at \(path)") }
    }

    /// Does what there is to be done from time to time, until the task is cancelled.
    ///
    /// A database that is slow holds up nothing but what comes from it.
    public func run() async {
        probe(settings.withLock { $0.dataCenters })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.repeatedly(every: Self.tick) { self.desk.tick() } }
            group.addTask { await self.repeatedly(every: Self.keeping, isAtOnce: false) { self.keepInTheBackground() } }
            group.addTask { await self.repeatedly(every: Self.forgetting, isAtOnce: false) { self.desk.expire() } }
            for source in sources { group.addTask { await self.follow(source) } }
            guard let shared else { return }
            group.addTask { await self.listen(to: shared) }
        }
        probing.withLock { $0?.cancel() }
    }

    private func repeatedly(every interval: Duration, isAtOnce: Bool = true, _ work: () -> Void) async {
        var isDue = isAtOnce
        while !Task.isCancelled {
            if isDue { work() }
            isDue = true
            try? await Task.sleep(for: interval)
        }
    }

    private func follow(_ source: any ConditionSource) async {
        var failures = 0
        while !Task.isCancelled {
            await refresh(source, &failures)
            try? await Task.sleep(for: Self.refresh)
        }
    }

    // MARK: - Others

    private static let observations: [CenterObservation.State: Liveness.Observation] = [
        .silent: .silent, .unready: .unready, .ready: .ready,
    ]

    /// Asks these data centers from now on, and no others.
    private func probe(_ centers: [DataCenter]) {
        let targets = centers.compactMap { center in
            center.probe.map { CenterProber.Target(center: center.name, url: $0) }
        }
        let prober = CenterProber(targets, observer: observer, serial: MachineClock.wall.nanoseconds / 1_000_000)
        let task = Task { [shared] in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await prober.run { self.note($0) } }
                guard let shared else { return }
                group.addTask { await prober.tell { try? await shared.tell($0) } }
            }
        }
        probing.withLock { probing in
            probing?.cancel()
            probing = task
        }
    }

    private func note(_ observation: CenterObservation) {
        guard let seen = Self.observations[observation.state] else { return }
        desk.observe(observation.center, by: observation.observer, seen, misses: observation.misses)
    }

    /// Takes in what others see; while they cannot be heard, what is known stays.
    private func listen(to shared: SharedKnowledge) async {
        var (round, lost) = (0, 0)
        while !Task.isCancelled {
            for observation in (try? await shared.observations(besides: observer)) ?? [] { note(observation) }
            if round % Self.listeningsPerArrivals == 0 {
                for seen in (try? await shared.arrivals()) ?? [] {
                    desk.noteArrival(seen.arrival.name, from: seen.arrival.network, at: seen.seen)
                }
            }
            if round % Self.listeningsPerArrivals == 0 { await listenToLoads(of: shared, &lost) }
            round += 1
            try? await Task.sleep(for: Self.listening)
        }
    }

    private func listenToLoads(of shared: SharedKnowledge, _ lost: inout Int) async {
        if let loads = try? await shared.loads() {
            lost = 0
            desk.noteLoads(loads)
        } else {
            lost += 1
            if lost == Self.lostLoads { desk.noteLoads([:]) }
        }
    }

    /// Puts another configuration in force.
    ///
    /// What is known stays. Where it listens, and which files it has, is as at the start; the log says so where the
    /// configuration says something else.
    public func reload(_ next: SmartDNSConfiguration) {
        let before = settings.withLock { settings in
            defer { settings = next }
            return settings
        }
        desk.reload(next)
        if before.dataCenters != next.dataCenters { probe(next.dataCenters) }
        for (name, isSame) in [
            ("listen-ip", before.addresses == next.addresses), ("listen-port", before.port == next.port),
            ("backend-socket", before.backendSocket == next.backendSocket),
            ("backend-group", before.backendGroup == next.backendGroup),
            ("backend-http-port", before.backendPort == next.backendPort),
            ("backend-http-secret", before.backendSecret == next.backendSecret),
            ("cookie-secret", before.cookieSecrets == next.cookieSecrets),
            ("snapshot", before.snapshot == next.snapshot), ("conditions", before.conditions == next.conditions),
            ("conditions-dsn", before.conditionsDSN == next.conditionsDSN),
            ("conditions-memcache-servers", before.conditionsServers == next.conditionsServers),
            ("keys", before.keys == next.keys), ("zones-dsn", before.zonesDSN == next.zonesDSN),
            ("zones-copy", before.zonesCopy == next.zonesCopy),
        ] where !isSame {
            logger.warning("\(name) has changed, which takes a restart")
        }
        logger.notice("\(next.zones.zones.count) zones and \(next.dataCenters.count) data centers are in force")
    }

    /// Ends.
    public func stop() async {
        await listener?.stop()
        await http?.stop()
        await socket?.stop()
        await shared?.close()
        if hasBegun.load(ordering: .relaxed) { keep() }
    }

    private func refresh(_ source: any ConditionSource, _ failures: inout Int) async {
        do {
            desk.update(try await source.conditions())
            failures = 0
        } catch {
            // What is known stays in force.
            if failures % Self.failuresBetweenWarnings == 0 {
                logger.warning("network conditions cannot be read, the last ones stay in force: \(error)")
            }
            failures += 1
        }
    }

    // MARK: - The disk

    private func restore() {
        guard let file else { return }
        do {
            let result = try desk.restore { steering in
                Result { () throws(SystemFault) in try file.read(into: &steering, at: .now) }
            }.get()
            logger.notice("\(result.map { "took \($0) lines of" } ?? "cannot understand") \(file.path)")
        } catch {
            if !error.isNoFile { logger.warning("cannot read \(file.path), nothing is known: \(error)") }
        }
    }

    /// Writes what is known while everything else goes on.
    private func keepInTheBackground() {
        guard file != nil, !isKeeping.exchange(true, ordering: .relaxed) else { return }
        NIOThreadPool.singleton.submit { _ in
            self.keep()
            self.isKeeping.store(false, ordering: .relaxed)
        }
    }

    private func keep() {
        guard let file else { return }
        do throws(SystemFault) {
            try file.write(desk.copy(), at: .now)
        } catch {
            logger.warning("cannot write \(file.path): \(error)")
        }
    }
}

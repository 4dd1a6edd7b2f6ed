import Base
import HTTPTransport
public import Logging
import Synchronization
import Telemetry
import XMLConfig

#if canImport(Glibc)
import Glibc
#endif

/// The smart DNS with all that listens, and what it does from time to time.
public final class SmartDNSService: Sendable {
    /// How often liveness is looked at.
    private static let tick = Duration.milliseconds(300)
    /// How often rows are read.
    private static let refresh = Duration.seconds(2)
    /// How often what others see is read.
    private static let listening = Duration.milliseconds(200)
    /// Arrivals have more time than that.
    private static let listeningsPerArrivals = 10
    /// How often what is known is written to the disk.
    private static let keeping = Duration.seconds(60)
    /// How often what is old is forgotten.
    private static let forgetting = Duration.seconds(600)
    /// After how many failures in a row the next one is told of.
    private static let failuresBetweenWarnings = 150

    /// What decides.
    public let desk: SteeringDesk
    private let settings: SmartDNSConfiguration
    private let logger: Logger
    private let listener: DNSListener?
    private let socket: BackendSocket?
    private let http: HTTPServer?
    private let sources: [any ConditionSource]
    private let shared: SharedKnowledge?
    private let prober: CenterProber
    private let observer: String
    /// Whether it has begun: only then what it knows is worth keeping.
    private let hasBegun = Atomic(false)

    /// A service that does nothing yet.
    ///
    /// - Parameter shared: What switches and other name servers tell, beside the file that is configured.
    public init(_ settings: SmartDNSConfiguration, shared: SharedKnowledge? = nil, logger: Logger) {
        (self.settings, self.logger) = (settings, logger)
        let desk = SteeringDesk(settings)
        self.desk = desk
        let file = settings.conditions.map { ConditionFile(path: $0) as any ConditionSource }
        (self.shared, sources) = (shared, [file, shared].compactMap { $0 })
        observer = "dns/" + String((settings.node ?? "").prefix(60))
        let targets = settings.dataCenters.compactMap { center in
            center.probe.map { CenterProber.Target(center: center.name, url: $0) }
        }
        prober = CenterProber(targets, observer: observer, serial: MachineClock.wall.nanoseconds / 1_000_000)
        listener = settings.port > 0 ? DNSListener(desk, settings) : nil
        let backend = BackendDesk(desk, keys: settings.keys) { logger.warning("\($0)") }
        socket = settings.backendSocket.map { BackendSocket(backend, path: $0) }
        http =
            settings.backendPort > 0
            ? HTTPServer(
                BackendHTTP(backend).service,
                refusal: HTTPPage(.forbidden, "this is for this machine only"),
                isAllowed: { $0.isLoopback }
            ) : nil
    }

    /// Begins: what was known before is there before anybody can ask.
    public func start() async throws {
        restore()
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
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.repeatedly(every: Self.tick) { self.desk.tick() } }
            group.addTask { await self.repeatedly(every: Self.keeping, isAtOnce: false) { self.keep() } }
            group.addTask { await self.repeatedly(every: Self.forgetting, isAtOnce: false) { self.desk.expire() } }
            for source in sources { group.addTask { await self.follow(source) } }
            group.addTask { await self.prober.run { self.note($0) } }
            guard let shared else { return }
            group.addTask { await self.prober.tell { try? await shared.tell($0) } }
            group.addTask { await self.listen(to: shared) }
        }
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

    private func note(_ observation: CenterObservation) {
        guard let seen = Self.observations[observation.state] else { return }
        desk.observe(observation.center, by: observation.observer, seen, misses: observation.misses)
    }

    /// Takes in what others see; while they cannot be heard, what is known stays.
    private func listen(to shared: SharedKnowledge) async {
        var round = 0
        while !Task.isCancelled {
            for observation in (try? await shared.observations(besides: observer)) ?? [] { note(observation) }
            if round % Self.listeningsPerArrivals == 0 {
                for (arrival, seen) in (try? await shared.arrivals()) ?? [] {
                    desk.noteArrival(arrival.name, from: arrival.network, at: seen)
                }
            }
            round += 1
            try? await Task.sleep(for: Self.listening)
        }
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
        guard let path = settings.snapshot, let age = Self.age(of: path),
            let bytes = try? LocalFiles().contents(of: path, limit: SteeringSnapshot.maximumLength)
        else { return }
        let lines = desk.restore(String(decoding: bytes, as: UTF8.self), age: age)
        logger.notice("\(lines.map { "took \($0) lines of" } ?? "cannot understand") \(path)")
    }

    private func keep() {
        guard let path = settings.snapshot else { return }
        do {
            try LocalFiles.replace(path, with: Array(desk.snapshot().utf8))
        } catch {
            logger.warning("cannot write \(path): \(error)")
        }
    }

    private static func age(of path: String) -> Duration? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return .seconds(max(0, Int64(MachineClock.wall.seconds) - Int64(status.st_mtim.tv_sec)))
    }
}

import Base
import HTTPTransport
public import Logging
import Synchronization
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
    private let source: (any ConditionSource)?
    /// Whether it has begun: only then what it knows is worth keeping.
    private let hasBegun = Atomic(false)

    /// A service that does nothing yet.
    ///
    /// - Parameter source: Where rows come from; the file that is configured otherwise.
    public init(_ settings: SmartDNSConfiguration, source: (any ConditionSource)? = nil, logger: Logger) {
        (self.settings, self.logger) = (settings, logger)
        let desk = SteeringDesk(settings)
        self.desk = desk
        self.source = source ?? settings.conditions.map { ConditionFile(path: $0) }
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
    public func run() async {
        var elapsed = Duration.zero
        var (nextRefresh, nextKeeping, nextForgetting) = (Duration.zero, Self.keeping, Self.forgetting)
        var failures = 0
        while !Task.isCancelled {
            desk.tick()
            if elapsed >= nextRefresh {
                nextRefresh = elapsed + Self.refresh
                await refresh(&failures)
            }
            if elapsed >= nextKeeping {
                nextKeeping = elapsed + Self.keeping
                keep()
            }
            if elapsed >= nextForgetting {
                nextForgetting = elapsed + Self.forgetting
                desk.expire()
            }
            try? await Task.sleep(for: Self.tick)
            elapsed += Self.tick
        }
    }

    /// Ends.
    public func stop() async {
        await listener?.stop()
        await http?.stop()
        await socket?.stop()
        if hasBegun.load(ordering: .relaxed) { keep() }
    }

    private func refresh(_ failures: inout Int) async {
        guard let source else { return }
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

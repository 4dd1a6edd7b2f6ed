import Base
import HTTPTransport
import MediaEngine
import SwitchCore

/// What there is to be asked for.
struct Pages: Sendable {
    private let softswitch: Switch
    private let scrapes = Turnstile(limit: Pages.scrapeLimit)
    private let disks = DiskWatch()
    private let directories: [String]

    /// How many answers with metrics are made at the same time: while a loop answers nobody, they gather.
    static let scrapeLimit = 2 * HTTPServerLimits().connections

    /// Pages about a switch.
    ///
    /// - Parameter directories: Where it has to be able to write; its own, when nothing is said.
    init(_ softswitch: Switch, writingTo directories: [String]? = nil) {
        self.softswitch = softswitch
        self.directories = directories ?? [softswitch.directories.db, softswitch.directories.recordings]
    }

    /// The page at a path.
    func answer(_ path: String) async -> HTTPPage {
        switch path {
        case "/metrics": await metrics()
        case "/healthz": health()
        case "/readyz": await readiness()
        default: HTTPPage(.notFound, "there is nothing here: /metrics, /healthz and /readyz are")
        }
    }

    private func metrics() async -> HTTPPage {
        guard scrapes.enter() else {
            return HTTPPage(.serviceUnavailable, "too many are waiting for an answer already")
        }
        defer { scrapes.leave() }
        guard let families = try? await families() else {
            return HTTPPage(.serviceUnavailable, "nobody waits for the answer")
        }
        return HTTPPage(.ok, contentType: ExpositionText.contentType, text: ExpositionText.write(families))
    }

    private func health() -> HTTPPage {
        let sessions = softswitch.sessions
        guard sessions.isOpen else { return HTTPPage(.serviceUnavailable, "shutting down: no calls are let in") }
        guard sessions.paused.isEmpty else {
            let directions = sessions.paused.map(\.rawValue).sorted().joined(separator: " and ")
            return HTTPPage(.serviceUnavailable, "paused: no \(directions) calls are let in")
        }
        return HTTPPage(.ok, "ok")
    }

    /// Whether new calls should come: they are let in, and what they need is in order.
    private func readiness() async -> HTTPPage {
        let health = health()
        guard health.status == .ok else { return health }
        guard scrapes.enter() else {
            return HTTPPage(.serviceUnavailable, "too many are waiting for an answer already")
        }
        defer { scrapes.leave() }
        if let fault = await disks.fault(of: directories, audio: softswitch.media.audio, at: .now) {
            return HTTPPage(.serviceUnavailable, "disk: \(fault)")
        }
        for name in softswitch.readiness.names {
            if let reason = await softswitch.readiness[name]?.reason() {
                return HTTPPage(.serviceUnavailable, "\(name): \(reason)")
            }
        }
        return HTTPPage(.ok, "ready")
    }

    /// Everything that is counted and measured.
    ///
    /// - Throws: `CancellationError` when nobody waits for it any more.
    func families() async throws -> [MetricFamily] {
        var families = SwitchReadings.families(softswitch)
        families += MediaReadings.families(await softswitch.media.figures(), softswitch.media.portCounts)
        try Task.checkCancellation()
        families += await LoopReadings.families(softswitch)
        try Task.checkCancellation()
        families += await moduleFamilies()
        families += ProcessReadings.families(startTime: softswitch.startTime)
        return MetricFamily.merge(families)
    }

    /// What the modules count and measure.
    func moduleFamilies() async -> [MetricFamily] {
        var families: [MetricFamily] = []
        for metric in softswitch.metrics.all {
            families.append(MetricFamily(metric.name, metric.kind, metric.help, await metric.read()))
        }
        return families
    }
}

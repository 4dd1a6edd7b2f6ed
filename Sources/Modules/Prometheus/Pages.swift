import HTTPTransport
import MediaEngine
import SwitchCore

/// What there is to be asked for.
struct Pages: Sendable {
    private let softswitch: Switch

    init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// The page at a path.
    func answer(_ path: String) async -> HTTPPage {
        switch path {
        case "/metrics":
            HTTPPage(.ok, contentType: ExpositionText.contentType, text: ExpositionText.write(await families()))
        case "/healthz": health()
        default: HTTPPage(.notFound, "there is nothing here: the metrics are at /metrics, the health is at /healthz")
        }
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

    /// Everything that is counted and measured.
    func families() async -> [MetricFamily] {
        var families = SwitchReadings.families(softswitch)
        families += MediaReadings.families(await softswitch.media.figures(), softswitch.media.portCounts)
        families += await LoopReadings.families(softswitch)
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

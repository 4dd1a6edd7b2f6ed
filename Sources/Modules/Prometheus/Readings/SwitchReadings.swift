import SwitchCore

/// What the switch itself counts: channels and calls.
enum SwitchReadings {
    static func families(_ softswitch: Switch) -> [MetricFamily] {
        let isReady = softswitch.sessions.isOpen && softswitch.sessions.paused.isEmpty
        return [
            MetricFamily("up", .gauge, "1 as long as the switch answers.", count: 1),
            MetricFamily("ready", .gauge, "1 while calls are let in.", count: isReady ? 1 : 0),
            MetricFamily(
                "info",
                .gauge,
                "1, with the version.",
                [
                    Metric.Sample(
                        1,
                        [("version", softswitch.version), ("interface", Switch.interfaceVersion)]
                    )
                ]
            ),
            MetricFamily(
                "uptime_seconds",
                .gauge,
                "How long the switch is up.",
                Double(softswitch.uptime) / 1_000_000
            ),
        ] + sessions(softswitch) + calls(softswitch.sessions.tally)
    }

    private static func sessions(_ softswitch: Switch) -> [MetricFamily] {
        let history = softswitch.sessionHistory
        let limits = softswitch.configuration.sessionLimits
        return [
            MetricFamily("sessions", .gauge, "Channels that are up.", count: softswitch.sessions.count),
            MetricFamily("sessions_started", .counter, "Channels since the start.", count: history.total),
            MetricFamily("sessions_peak", .gauge, "Channels that were up at once at most.", count: history.peak),
            MetricFamily(
                "sessions_peak_recent",
                .gauge,
                "Channels that were up at once at most in the last minutes.",
                count: history.recentPeak
            ),
            MetricFamily(
                "sessions_limit",
                .gauge,
                "Channels that may be up at once (max-sessions).",
                count: limits.maximumSessions
            ),
            MetricFamily("session_rate", .gauge, "Calls that began in the last second.", count: history.lastSecond),
            MetricFamily(
                "session_rate_peak",
                .gauge,
                "Calls that began in one second at most.",
                count: history.peakPerSecond
            ),
            MetricFamily(
                "session_rate_limit",
                .gauge,
                "Calls that may begin in a second (sessions-per-second).",
                count: limits.sessionsPerSecond
            ),
        ]
    }

    private static func calls(_ tally: CallTally) -> [MetricFamily] {
        let directions = [(CallDirection.inbound, tally.inbound), (.outbound, tally.outbound)]
        func family(
            _ name: String,
            _ kind: Metric.Kind,
            _ help: String,
            _ value: (CallTally.Calls) -> UInt64
        ) -> MetricFamily {
            MetricFamily(
                name,
                kind,
                help,
                directions.map { Metric.Sample(Double(value($0.1)), [("direction", $0.0.rawValue)]) }
            )
        }
        let causes = tally.causes.sorted { $0.key.name < $1.key.name }
        return [
            family("calls", .gauge, "Channels that are up, by who began them.") { $0.current },
            family("calls_started", .counter, "Channels since the start, by who began them.") { $0.started },
            family("calls_answered", .counter, "Channels that ended and had been answered.") { $0.answered },
            MetricFamily(
                "calls_ended",
                .counter,
                "Channels that ended, by the cause.",
                causes.map { Metric.Sample(Double($0.value), [("cause", $0.key.name)]) }
            ),
            MetricFamily(
                "calls_refused",
                .counter,
                "Calls that were not let in, by the limit that they met.",
                SessionTable.Refusal.allCases.map {
                    Metric.Sample(Double(tally.refused[$0] ?? 0), [("reason", $0.rawValue)])
                }
            ),
        ]
    }
}

import SIP
import SwitchCore

/// What the profiles count.
enum SofiaMetrics {
    /// The metrics, by their names in `status.json`.
    static func all(_ module: SofiaModule) -> [(key: String, metric: Metric)] {
        let table: [(String, Making)] = [
            ("registrations", metric("registrations", "Contacts that are registered.") { $0.registrar.count }),
            ("sip_gateways", metric("sip_gateways", "Gateways of the profiles.") { $0.gateways.count }),
            (
                "sip_gateways_up",
                metric("sip_gateways_up", "Gateways that calls are sent to.") { $0.allGateways.count(where: \.isUp) }
            ),
            ("sip_calls", metric("sip_calls", "Calls over SIP.") { $0.legs.count }),
            ("dialogs", metric("sip_dialogs", "SIP dialogs of calls.") { $0.userAgent.callCount }),
            ("transactions", metric("sip_transactions", "SIP transactions.") { $0.userAgent.transactionCount }),
            (
                "timers",
                metric("sip_timers", "Timers of transactions and registrations.") {
                    $0.userAgent.timerCount + $0.registrar.timerCount
                }
            ),
            (
                "sip_calls_started",
                counter("sip_calls_started", "Calls over SIP since the start.") { ($0.callsIn, $0.callsOut) }
            ),
            (
                "sip_calls_failed",
                counter("sip_calls_failed", "Calls over SIP that were refused or not answered.") {
                    ($0.failedCallsIn, $0.failedCallsOut)
                }
            ),
            (
                "sip_malformed",
                counter("sip_malformed", "SIP messages that could not be read.", \.malformed)
            ),
            (
                "sip_authentication_failures",
                counter("sip_authentication_failures", "Requests with wrong credentials.", \.authenticationFailures)
            ),
        ]
        return table.map { ($0.0, $0.1(module)) }
    }

    private typealias Making = (SofiaModule) -> Metric

    private static func metric(
        _ name: String,
        _ help: String,
        _ value: @escaping @Sendable (Profile) -> Int
    ) -> Making {
        making(name, .gauge, help) { profile in
            [Metric.Sample(Double(value(profile)), [("profile", profile.name)])]
        }
    }

    private static func counter(
        _ name: String,
        _ help: String,
        _ value: @escaping @Sendable (ProfileStatistics) -> UInt64
    ) -> Making {
        making(name, .counter, help) { profile in
            [Metric.Sample(Double(value(profile.statistics)), [("profile", profile.name)])]
        }
    }

    private static func counter(
        _ name: String,
        _ help: String,
        _ values: @escaping @Sendable (ProfileStatistics) -> (inbound: UInt64, outbound: UInt64)
    ) -> Making {
        making(name, .counter, help) { profile in
            let (inbound, outbound) = values(profile.statistics)
            return [("inbound", inbound), ("outbound", outbound)].map { direction, value in
                Metric.Sample(Double(value), [("profile", profile.name), ("direction", direction)])
            }
        }
    }

    private static func making(
        _ name: String,
        _ kind: Metric.Kind,
        _ help: String,
        _ samples: @escaping @Sendable (Profile) -> [Metric.Sample]
    ) -> Making {
        { module in
            Metric(name, kind, help) { [weak module] in
                var all: [Metric.Sample] = []
                for profile in module?.allProfiles ?? [] { all += await profile.onLoop(samples) }
                return all
            }
        }
    }
}

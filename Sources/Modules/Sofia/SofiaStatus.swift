import Base
import SIP
import SwitchCore
import XMLConfig

/// The texts of `sofia status`, in the form that operators know.
enum SofiaStatus {
    private static let rule = String(repeating: "=", count: 97)

    static func overview(_ module: SofiaModule) async -> String {
        var text = row("Name", "   Type", "Data", "State") + "\(rule)\n"
        var aliases = 0
        for profile in module.allProfiles {
            let (calls, gateways, places) = await profile.onLoop { ($0.legs.count, $0.gatewayReports(), $0.places) }
            for place in places {
                text += row(profile.name, "profile", place.url, "RUNNING (\(calls))\(place.mark)")
            }
            for gateway in gateways { text += row(gateway.key, "gateway", gateway.to, gateway.stateText) }
            for alias in profile.configuration.aliases {
                text += row(alias, "  alias", profile.name, "ALIASED")
                aliases += 1
            }
        }
        let count = module.allProfiles.count
        return text
            + "\(rule)\n\(count) profile\(count == 1 ? "" : "s") \(aliases) alias\(aliases == 1 ? "" : "es")\n"
    }

    private static func row(_ name: String, _ kind: String, _ data: String, _ state: String) -> String {
        pad(name, 25) + "\t\(kind)\t  " + pad(data, 40) + "\t\(state)\n"
    }

    /// The same as XML.
    static func overviewInXML(_ module: SofiaModule) async -> String {
        var text = ""
        for profile in module.allProfiles {
            let (calls, gateways, places) = await profile.onLoop { ($0.legs.count, $0.gatewayReports(), $0.places) }
            for place in places {
                text += element("profile", profile.name, "profile", place.url, "RUNNING (\(calls))\(place.mark)")
            }
            for gateway in gateways {
                text += element("gateway", gateway.name, "gateway", gateway.to, gateway.stateText)
            }
            for alias in profile.configuration.aliases {
                text += element("alias", alias, "alias", profile.name, "ALIASED")
            }
        }
        return "\(declaration)\n<profiles>\n\(text)</profiles>\n"
    }

    private static func element(_ tag: String, _ name: String, _ type: String, _ data: String, _ state: String)
        -> String
    {
        let parts = [("name", name), ("type", type), ("data", data), ("state", state)]
        let lines = parts.map { "<\($0)>\(XMLNode.escaped($1, inAttribute: false))</\($0)>\n" }
        return "<\(tag)>\n\(lines.joined())</\(tag)>\n"
    }

    // MARK: - Gateways

    static let declaration = #"<?xml version="1.0" encoding="ISO-8859-1"?>"#

    /// One line for each gateway, and their sums.
    static func gateways(_ module: SofiaModule) async -> String {
        var text = pad("Profile::Gateway-Name", 25) + "\t" + pad("    Data    ", 32)
        text += "\tState\t" + pad("Ping Time", 9) + "\tIB Calls(F/T)\tOB Calls(F/T)\n\(rule)\n"
        var sums = Gateway.Calls()
        var count = 0
        for profile in module.allProfiles {
            for gateway in await profile.onLoop({ $0.gatewayReports() }) {
                count += 1
                sums.add(gateway.calls)
                text += pad(gateway.key, 25) + "\t" + pad(gateway.to, 32) + "\t\(gateway.state)\t"
                text += pad(gateway.pingTime, 6) + "\t\(gateway.calls.inboundText)\t\(gateway.calls.outboundText)"
                text += gateway.retryText + "\n"
            }
        }
        return text
            + "\(rule)\n\(count) gateway\(count == 1 ? "" : "s"): Inbound(Failed/Total): \(sums.inboundText),"
            + "Outbound(Failed/Total):\(sums.outboundText)\n"
    }

    static func gatewaysInXML(_ module: SofiaModule) async -> String {
        var text = "\(declaration)\n<gateways>\n"
        for profile in module.allProfiles {
            for gateway in await profile.onLoop({ $0.gatewayReports() }) { text += gateway.xml }
        }
        return text + "</gateways>\n"
    }

    static func gateway(_ report: GatewayReport) -> String { "\(rule)\n\(report.text)\(rule)\n" }

    // MARK: - Profiles

    static func profile(_ profile: Profile) async -> String {
        let lines = await facts(of: profile).map { pad($0.label, 16) + "\t" + $0.value + "\n" }
        return rule + "\n" + lines.joined() + rule + "\n"
    }

    /// The same as XML, or the registrations that are meant in its place.
    static func profileInXML(_ profile: Profile, _ choice: RegistrationReport.Choice?) async -> String {
        var text = "\(declaration)\n<profile>\n"
        if let choice {
            let reports = await profile.onLoop { $0.registrationReports(choice) }
            text += "  <registrations>\n\(reports.map(\.xml).joined())  </registrations>\n"
        } else {
            let lines = await facts(of: profile).map { fact in
                "    <\(fact.tag)>\(XMLNode.escaped(fact.value, inAttribute: false))</\(fact.tag)>\n"
            }
            text += "  <profile-info>\n\(lines.joined())  </profile-info>\n"
        }
        return text + "</profile>\n"
    }

    private static func facts(of profile: Profile) async -> [ListeningPlace.Fact] {
        let (statistics, registrations, places) = await profile.onLoop {
            ($0.statistics, $0.registrar.count, $0.places)
        }
        let configuration = profile.configuration
        let event = configuration.media.eventPayloadType(for: configuration.media.keyType).map { String($0) } ?? "none"
        let settings: [ListeningPlace.Fact] = [
            ("Name", "name", profile.name), ("Dialplan", "dialplan", configuration.dialplan),
            ("Context", "context", configuration.context), ("RTP-IP", "rtp-ip", "\(configuration.media.rtpAddress)"),
            ("SIP-IP", "sip-ip", "\(configuration.listen.address)"),
        ]
        let numbers: [ListeningPlace.Fact] = [
            ("CODECS IN", "inbound-codecs", configuration.media.inboundCodecs),
            ("CODECS OUT", "outbound-codecs", configuration.media.outboundCodecs), ("TEL-EVENT", "tel-event", event),
            ("CALLS-IN", "calls-in", String(statistics.callsIn)),
            ("FAILED-CALLS-IN", "failed-calls-in", String(statistics.failedCallsIn)),
            ("CALLS-OUT", "calls-out", String(statistics.callsOut)),
            ("FAILED-CALLS-OUT", "failed-calls-out", String(statistics.failedCallsOut)),
            ("REGISTRATIONS", "registrations", String(registrations)),
        ]
        return settings + places.flatMap(\.facts) + numbers
    }

    static func registrations(_ profile: Profile, _ choice: RegistrationReport.Choice) async -> String {
        let reports = await profile.onLoop { $0.registrationReports(choice) }
        return "\nRegistrations:\n\(rule)\n\(reports.map(\.text).joined())"
            + "Total items returned: \(reports.count)\n\(rule)\n"
    }

    /// The text behind blanks.
    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }
}

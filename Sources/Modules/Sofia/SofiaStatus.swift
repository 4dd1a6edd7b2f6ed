import Base
import SIP
import SwitchCore

/// The texts of `sofia status`, in the form that operators know.
enum SofiaStatus {
    private static let rule = String(repeating: "=", count: 97)

    static func overview(_ module: SofiaModule) async -> String {
        var text = pad("Name", 25) + "\t   Type\t" + pad("Data", 40) + "\tState\n\(rule)\n"
        var aliases = 0
        for profile in module.allProfiles {
            let calls = await profile.onLoop { $0.legs.count }
            let url = "sip:mod_sofia@\(profile.advertisedEndpoint)"
            text += pad(profile.name, 25) + "\tprofile\t" + pad(url, 40) + "\tRUNNING (\(calls))\n"
            for alias in profile.configuration.aliases {
                text += pad(alias, 25) + "\t  alias\t" + pad(profile.name, 40) + "\tALIASED\n"
                aliases += 1
            }
        }
        return text + "\(rule)\n\(module.allProfiles.count) profiles \(aliases) aliases\n"
    }

    static func profile(_ profile: Profile) async -> String {
        let (statistics, registrations) = await profile.onLoop { ($0.statistics, $0.registrar.count) }
        let configuration = profile.configuration
        let rows = [
            ("Name", profile.name), ("Dialplan", configuration.dialplan), ("Context", configuration.context),
            ("RTP-IP", "\(configuration.media.rtpAddress)"), ("SIP-IP", "\(configuration.listen.address)"),
            ("URL", "sip:mod_sofia@\(profile.advertisedEndpoint)"), ("CODECS IN", configuration.media.inboundCodecs),
            ("CODECS OUT", configuration.media.outboundCodecs),
            ("TEL-EVENT", configuration.media.telephoneEventPayloadType.map { String($0) } ?? "none"),
            ("CALLS-IN", String(statistics.callsIn)), ("FAILED-CALLS-IN", String(statistics.failedCallsIn)),
            ("CALLS-OUT", String(statistics.callsOut)), ("FAILED-CALLS-OUT", String(statistics.failedCallsOut)),
            ("REGISTRATIONS", String(registrations)),
        ]
        return rule + "\n" + rows.map { pad($0.0, 16) + "\t" + $0.1 + "\n" }.joined() + rule + "\n"
    }

    static func registrations(_ profile: Profile) async -> String {
        let (all, now) = await profile.onLoop { ($0.registrar.all, $0.loop.now) }
        var text = "\nRegistrations:\n\(rule)\n"
        for registration in all {
            let left = (registration.expiresAt - now).wholeMilliseconds / 1000
            text += """
                Call-ID:    \t\(registration.callID.withoutControls)
                User:       \t\(registration.user)@\(registration.domain)
                Contact:    \t<\(registration.contact)>
                Agent:      \t\(registration.userAgent.withoutControls)
                Status:     \t\(registration.status) expsecs(\(left))
                IP:         \t\(registration.flow.remote.address)
                Port:       \t\(registration.flow.remote.port)
                Auth-User:  \t\(registration.username)
                Auth-Realm: \t\(registration.realm)


                """
        }
        return text + "Total items returned: \(all.count)\n\(rule)\n"
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }
}

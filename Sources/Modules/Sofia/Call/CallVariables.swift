import Base
import SIP
import SwitchCore

/// The channel variables that tell a dialplan what an INVITE said.
enum CallVariables {
    /// How many `X-` headers become variables.
    private static let headerLimit = 64

    static func set(on session: isolated Session, from message: SIPMessage, over flow: SIPFlow, profile: Profile) {
        for (name, value) in general(session.id, message, flow, profile) {
            session.setVariable(name, Template.neutralized(value))
        }
        setAddress("sip_from", message.from, on: session)
        setAddress("sip_to", message.to, on: session)
        if let uri = message.requestURI { setURI("sip_req", uri, on: session) }
        if let contact = message.contacts.first {
            setURI("sip_contact", contact.uri, on: session)
        }
        let via = message.topVia
        session.setVariable("sip_via_host", via.host.text)
        session.setVariable("sip_via_protocol", flow.transport.uriName)
        if let port = via.port { session.setVariable("sip_via_port", String(port)) }
        setHeaders(of: message, on: session)
    }

    private static func general(
        _ id: String,
        _ message: SIPMessage,
        _ flow: SIPFlow,
        _ profile: Profile
    ) -> [(String, String)] {
        [
            ("uuid", id), ("call_uuid", id), ("direction", "inbound"), ("sofia_profile_name", profile.name),
            ("sip_full_from", message.first(.from) ?? ""), ("sip_full_to", message.first(.to) ?? ""),
            ("recovery_profile_name", profile.name), ("sip_call_id", message.callID),
            ("sip_cseq", String(message.cseq)), ("sip_network_ip", "\(flow.remote.address)"),
            ("sip_network_port", String(flow.remote.port)), ("sip_received_ip", "\(flow.remote.address)"),
            ("sip_received_port", String(flow.remote.port)),
            ("sip_user_agent", message.first(.userAgent) ?? ""),
            ("max_forwards", String(min(message.maxForwards ?? .max, Originator.forwardLimit))),
        ]
    }

    private static func setAddress(_ prefix: String, _ address: NameAddress, on session: isolated Session) {
        setURI(prefix, address.uri, on: session)
        if let tag = address.tag { session.setVariable("\(prefix)_tag", Template.neutralized(tag)) }
        if let name = address.displayName?.withoutControls {
            session.setVariable("\(prefix)_display", Template.neutralized(name))
        }
    }

    private static func setURI(_ prefix: String, _ uri: SIPURI, on session: isolated Session) {
        let host = uri.port.map { "\(uri.hostText):\($0)" } ?? uri.hostText
        let user = Template.neutralized(uri.plainUser ?? "")
        session.setVariable("\(prefix)_user", user)
        session.setVariable("\(prefix)_host", Template.neutralized(uri.hostText))
        session.setVariable("\(prefix)_uri", Template.neutralized(user.isEmpty ? host : "\(user)@\(host)"))
        if let port = uri.port { session.setVariable("\(prefix)_port", String(port)) }
    }

    /// `X-` headers become `sip_h_X-…`, so that a dialplan can pass them on.
    private static func setHeaders(of message: SIPMessage, on session: isolated Session) {
        var count = 0
        for (name, value) in message.headers where count < headerLimit {
            guard name.count > 2, name.lowercased().hasPrefix("x-") else { continue }
            session.setVariable("sip_h_\(name)", Template.neutralized(value))
            count += 1
        }
        for (header, name) in [
            (SIPHeaderName.diversion, "Diversion"), (.callInfo, "Call-Info"), (.alertInfo, "Alert-Info"),
            (.historyInfo, "History-Info"), (.referredBy, "Referred-By"),
        ] {
            guard let value = message.first(header) else { continue }
            session.setVariable("sip_h_\(name)", Template.neutralized(value))
        }
    }
}

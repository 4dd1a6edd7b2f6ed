import Base
import Logging
import SIP
import SwitchCore

/// What programs hear of REGISTER requests and of what becomes of them.
extension Profile {
    /// What came of a REGISTER's credentials.
    enum RegistrationAttempt: String {
        case accepted = "SUCCESS"
        case stale = "STALE"
        case refused = "FORBIDDEN"
    }

    /// A REGISTER had credentials.
    func publish(
        _ attempt: RegistrationAttempt,
        of user: String,
        _ domain: String,
        _ message: SIPMessage,
        over flow: SIPFlow
    ) {
        let credentials = message.first(.authorization).flatMap { DigestCredentials(parsing: $0) }
        publish("sofia::register_attempt") {
            requestHeaders(user, domain, message, flow) + [
                ("username", credentials?.username ?? ""), ("realm", credentials?.realm ?? ""),
                ("user-agent", message.first(.userAgent) ?? Self.unknown), ("auth-result", attempt.rawValue),
            ]
        }
        if attempt == .refused { publishFailure(of: user, domain, message, over: flow) }
    }

    /// A REGISTER is asked for credentials.
    func publishChallenge(of user: String, _ domain: String, _ message: SIPMessage, over flow: SIPFlow) {
        publish("sofia::pre_register") {
            requestHeaders(user, domain, message, flow)
                + [("user-agent", message.first(.userAgent) ?? Self.unknown)]
        }
    }

    /// What guards against guessed passwords listen for.
    private func publishFailure(of user: String, _ domain: String, _ message: SIPMessage, over flow: SIPFlow) {
        publish("sofia::register_failure") {
            [
                ("profile-name", name), ("to-user", user), ("to-host", domain),
                ("network-ip", "\(flow.remote.address)"), ("user-agent", message.first(.userAgent) ?? Self.unknown),
                ("network-port", "\(flow.remote.port)"), ("registration-type", "REGISTER"),
                ("auth-result", RegistrationAttempt.refused.rawValue),
            ]
        }
    }

    /// A registration came, was refreshed, or is gone.
    ///
    /// - Parameter message: The REGISTER that did it; `nil` when its time was over.
    func publish(_ change: RegistrationChange, by message: SIPMessage?) {
        let registration = change.registration
        logger.info(
            "registration",
            metadata: [
                "what": "\(change.kind.rawValue)",
                "user": "\(registration.user.asLogged)@\(registration.domain.asLogged)",
            ]
        )
        publish(change.kind.eventSubclass) {
            switch change.kind {
            case .added, .refreshed:
                let isUpdate = change.kind == .refreshed
                return arrivalHeaders(registration, message) + (isUpdate ? [("update-reg", "true")] : [])
            case .removed: return departureHeaders(registration, message)
            case .expired: return expiryHeaders(registration)
            }
        }
        publishAbsence(after: change)
    }

    // MARK: - Headers

    private static let unknown = "unknown"

    /// Tells those who listen for a custom event.
    func publish(_ subclass: String, _ headers: () -> [(String, String)]) {
        softswitch.events.publish(.custom) {
            var event = softswitch.makeEvent(.custom, subclass: subclass)
            for (name, value) in headers() { event.add(name, value) }
            return event
        }
    }

    private func requestHeaders(
        _ user: String,
        _ domain: String,
        _ message: SIPMessage,
        _ flow: SIPFlow
    ) -> [(String, String)] {
        var headers = [("profile-name", name), ("from-user", user), ("from-host", domain)]
        let contact = message.contacts.first
        let isBehindNAT = contact.map { Registrar.isBehindNAT($0.uri, flow) } ?? false
        if let contact {
            headers.append(("contact", Registration.text(contact.uri, contact.displayName, isBehindNAT: isBehindNAT)))
        }
        headers += [
            ("call-id", message.callID), ("rpid", Self.unknown),
            ("status", Registration.status(over: flow, isBehindNAT: isBehindNAT)),
        ]
        if let expires = contact?["expires"] ?? message.expires.map({ String($0) }) {
            headers.append(("expires", expires))
        }
        return headers + [
            ("to-user", message.from.uri.plainUser ?? ""), ("to-host", message.from.uri.hostText),
            ("network-ip", "\(flow.remote.address)"), ("network-port", "\(flow.remote.port)"),
        ]
    }

    private func arrivalHeaders(_ registration: Registration, _ message: SIPMessage?) -> [(String, String)] {
        [
            ("profile-name", name), ("from-user", registration.user), ("from-host", registration.domain),
            ("presence-hosts", "n/a"), ("contact", registration.contactText), ("call-id", registration.callID),
            ("rpid", Self.unknown), ("status", registration.status), ("expires", String(registration.expires)),
            ("to-user", message?.from.uri.plainUser ?? ""), ("to-host", message?.from.uri.hostText ?? ""),
            ("network-ip", "\(registration.flow.remote.address)"),
            ("network-port", "\(registration.flow.remote.port)"), ("username", registration.username),
            ("realm", registration.realm), ("user-agent", registration.userAgent),
        ]
    }

    private func departureHeaders(_ registration: Registration, _ message: SIPMessage?) -> [(String, String)] {
        [
            ("profile-name", name), ("username", registration.username), ("from-user", registration.user),
            ("from-host", registration.domain), ("contact", registration.contactText),
            ("call-id", registration.callID), ("rpid", Self.unknown), ("realm", registration.realm),
            ("network-ip", "\(registration.flow.remote.address)"),
            ("network-port", "\(registration.flow.remote.port)"),
            ("user-agent", message?.first(.userAgent) ?? registration.userAgent), ("expires", "0"),
        ]
    }

    private func expiryHeaders(_ registration: Registration) -> [(String, String)] {
        [
            ("profile-name", name), ("call-id", registration.callID), ("user", registration.user),
            ("username", registration.user), ("host", registration.domain), ("contact", registration.contactText),
            ("expires", String(registration.expires)), ("user-agent", registration.userAgent),
            ("realm", registration.realm), ("network-ip", "\(registration.flow.remote.address)"),
            ("network-port", "\(registration.flow.remote.port)"),
        ]
    }

    /// Nobody reaches the user here any more.
    private func publishAbsence(after change: RegistrationChange) {
        let registration = change.registration
        guard change.kind == .removed || change.kind == .expired,
            registrar.contacts(of: registration.user, domain: registration.domain).isEmpty
        else { return }
        softswitch.events.publish(.presenceIn) {
            var event = softswitch.makeEvent(.presenceIn)
            for (name, value) in [
                ("proto", "sip"), ("rpid", change.kind == .expired ? "away" : Self.unknown),
                ("login", "sip:mod_sofia@\(advertisedEndpoint)"), ("user-agent", registration.userAgent),
                ("from", "\(registration.user)@\(registration.domain)"), ("status", "Unregistered"),
                ("event_type", "presence"),
            ] { event.add(name, value) }
            return event
        }
    }
}

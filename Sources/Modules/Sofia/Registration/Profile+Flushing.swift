import Base
import Logging
import SIP
import SwitchCore

/// Registrations that an operator ends, and phones that are to read their configuration anew.
extension Profile {
    /// Which registrations a command is about.
    enum RegistrationChoice: Sendable {
        case all
        /// A Call-ID, `user@domain`, or a domain.
        case named(String)
        /// One contact of a user's.
        case contact(SIPURI, user: String, domain: String)

        func matches(_ registration: Registration) -> Bool {
            let text: String
            switch self {
            case .all: return true
            case .contact(let contact, let user, let domain):
                return registration.contact.isEquivalent(to: contact)
                    && registration.user.equalsIgnoringASCIICase(user)
                    && registration.domain.equalsIgnoringASCIICase(domain)
            case .named(let name): text = name
            }
            if registration.callID == text { return true }
            guard let mark = text.firstIndex(of: "@") else { return registration.domain.equalsIgnoringASCIICase(text) }
            let (user, domain) = (text[..<mark], text[text.index(after: mark)...])
            return registration.domain.equalsIgnoringASCIICase(domain)
                && (user.isEmpty || registration.user.equalsIgnoringASCIICase(user))
        }
    }

    /// How a phone is told to read its configuration anew: each maker has its own event.
    struct CheckSync: Equatable {
        var event: String
        var type = "application/simple-message-summary"
        var body = ""

        init(userAgent: String, callID: String) {
            let name = userAgent.lowercased()
            if name.contains("snom") || name.contains("yealink") {
                event = "check-sync;reboot=true"
            } else if name.contains("linksys/spa8000") {
                event = "check-sync"
            } else if name.contains("linksys") {
                event = "reboot_now"
            } else if name.contains("spa") {
                event = "reboot"
            } else if name.contains("cisco-cp7960g") || name.contains("cisco-cp7940g") {
                event = "check-sync"
            } else if name.contains("cisco") {
                (event, type) = ("service-control", "text/plain")
                let stamps = ["Config", "Dialplan", "Softkey"].map { "\($0)VersionStamp={0000000000000000}" }
                body = (["action=restart", "RegisterCallId={\(callID)}"] + stamps).joined(separator: "\n")
            } else {
                event = "check-sync"
            }
        }
    }

    /// Ends registrations; with `reboots`, their phones are told to read their configuration anew.
    func flush(_ choice: RegistrationChoice, reboots: Bool) {
        if reboots { checkSync(choice) }
        let changes = registrar.remove(where: choice.matches)
        note(changes)
        for change in changes { publish(change, by: nil) }
        setRegistrationTimer()
    }

    /// Tells phones to read their configuration anew.
    func checkSync(_ choice: RegistrationChoice) {
        let contacts = registrar.all.filter(choice.matches).compactMap { registration -> (String, Registration)? in
            dialString(of: registration).map { ($0, registration) }
        }
        Task.immediate(executorPreference: loop) {
            for (contact, registration) in contacts {
                guard await self.send(CheckSync(registration), to: contact, of: registration) else {
                    self.logger.info("a phone is not told", metadata: ["to": "\(registration.user.asLogged)"])
                    continue
                }
            }
        }
    }

    private func send(_ notice: CheckSync, to contact: String, of registration: Registration) async -> Bool {
        await notify(
            contact,
            of: registration.user,
            registration.domain,
            event: notice.event,
            SIPBody(Array(notice.body.utf8), contentType: notice.type)
        )
    }

    /// Sends a NOTIFY outside of subscriptions to a contact of a user's; false when it could not be sent.
    func notify(
        _ contact: String,
        of user: String,
        _ domain: String,
        event: String,
        _ body: SIPBody? = nil
    ) async -> Bool {
        guard let address = SIPURI("sip:\(user)@\(domain)"),
            var request = await request(.notify, to: contact, from: NameAddress(address))
        else { return false }
        request.to = NameAddress(address)
        request.headers = [SIPHeaderLine(.event, event), NoticeState.over.line]
        request.body = body
        return await onLoop { [request] profile in profile.begin(request, name: user) }
    }

    /// The registrations of a profile that has ended; it has none any more.
    func giveRegistrar() -> Registrar {
        defer { registrar = Registrar(limitPerUser: 0) }
        return registrar
    }
}

extension Profile.CheckSync {
    fileprivate init(_ registration: Registration) {
        self.init(userAgent: registration.userAgent, callID: registration.callID)
    }
}

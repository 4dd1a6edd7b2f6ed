import Base
import SIP
import SwitchCore
import XMLConfig

/// What `sofia status profile … reg` tells of a registration.
struct RegistrationReport: Sendable {
    /// Which registrations are meant.
    enum Choice: Sendable {
        case all
        /// Those with a text in their contact (`reg <text>`).
        case contact(String)
        /// Those of `user@domain`, of a whole domain, or of a user (`user@`).
        case user(String)

        func includes(_ registration: Registration) -> Bool {
            switch self {
            case .all: return true
            case .contact(let text): return registration.contactText.contains(text)
            case .user(let address):
                guard let mark = address.firstIndex(of: "@") else { return registration.domain == address }
                let (user, domain) = (address[..<mark], address[address.index(after: mark)...])
                return (user.isEmpty || registration.user == user) && (domain.isEmpty || registration.domain == domain)
            }
        }
    }

    private let facts: [(label: String, tag: String, value: String)]

    /// The report; made on the profile's loop.
    init(_ registration: Registration, of profile: Profile) {
        let left = (registration.expiresAt - profile.loop.now).wholeMilliseconds / 1000
        let end = Clock.text("%Y-%m-%d %H:%M:%S", seconds: profile.softswitch.wallClock() / 1_000_000 + left)
        let account = "\(registration.user)@\(registration.domain)"
        facts = [
            ("Call-ID", "call-id", registration.callID), ("User", "user", account),
            ("Contact", "contact", registration.contactText), ("Agent", "agent", registration.userAgent),
            ("Status", "status", "\(registration.status)(unknown) EXP(\(end)) EXPSECS(\(left))"),
            ("Ping-Status", "ping-status", "Reachable"), ("Ping-Time", "ping-time", "0.00"),
            ("Host", "host", profile.softswitch.xml.globals["hostname"] ?? ""),
            ("IP", "network-ip", "\(registration.flow.remote.address)"),
            ("Port", "network-port", String(registration.flow.remote.port)),
            ("Auth-User", "sip-auth-user", registration.username), ("Auth-Realm", "sip-auth-realm", registration.realm),
            ("MWI-Account", "mwi-account", account),
        ]
    }

    /// One fact a line.
    var text: String {
        facts.map { fact in
            let label = "\(fact.label):"
            return label + String(repeating: " ", count: max(12 - label.count, 0)) + "\t\(fact.value.withoutControls)\n"
        }.joined() + "\n"
    }

    /// The element `registration`.
    var xml: String {
        let lines = facts.map { fact in
            "        <\(fact.tag)>\(XMLNode.escaped(fact.value.withoutControls, inAttribute: false))</\(fact.tag)>\n"
        }
        return "    <registration>\n\(lines.joined())    </registration>\n"
    }
}

extension Profile {
    /// What is told of the registrations that are meant.
    func registrationReports(_ choice: RegistrationReport.Choice) -> [RegistrationReport] {
        registrar.all.filter { choice.includes($0) }.map { RegistrationReport($0, of: self) }
    }
}

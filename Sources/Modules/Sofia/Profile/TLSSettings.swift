import SIPTransport
import XMLConfig

/// What a profile says of TLS.
struct TLSSettings: Hashable, Sendable {
    /// Whether there is nothing beside it (`tls-only`).
    var isOnly: Bool
    /// Where it listens (`tls-sip-port`).
    var port: UInt16
    /// The directory with `agent.pem` and `cafile.pem` (`tls-cert-dir`); `nil` for the switch's own.
    var directory: String?
    /// What the key in `agent.pem` is encrypted with (`tls-passphrase`).
    var password: String?
    /// How much of certificates is looked at (`tls-verify-policy`).
    var policy: Policy
    /// Whether TLS 1.2 is too old (`tls-version`).
    var isNewestOnly: Bool

    /// Whose certificates are looked at.
    struct Policy: Hashable, Sendable {
        var servers = StreamSecurity.Settings.Verification.host
        var wantsClientCertificates = false
        /// Whether their subjects are meant to be compared, which is not done.
        private(set) var comparesClients = false

        /// The words of the trade, several of them with `|` between; `nil` for what is not among them.
        ///
        /// Subjects of those who connect are not compared with anything here: an authority has to have signed them.
        init?(_ text: String) {
            servers = .none
            for word in text.lowercased().split(separator: "|") {
                switch word {
                case "none": break
                case "in": wantsClientCertificates = true
                case "subjects_in": (wantsClientCertificates, comparesClients) = (true, true)
                case "out": if servers == .none { servers = .authority }
                case "all":
                    wantsClientCertificates = true
                    if servers == .none { servers = .authority }
                case "subjects_out": servers = .host
                case "subjects_all": (servers, wantsClientCertificates, comparesClients) = (.host, true, true)
                default: return nil
                }
            }
        }

        /// Servers have to be who we mean; everybody may connect.
        init() {}

        static let expected = "none, in, out, all, subjects_in, subjects_out or subjects_all, with | between"
    }

    /// Reads the parameters; `nil` when the profile has no TLS.
    init?(_ reader: inout ConfigurationReader) {
        let isOn = reader.boolean("tls", default: false)
        isOnly = reader.boolean("tls-only", default: false)
        port = UInt16(clamping: reader.integer("tls-sip-port", in: 0...65_535, default: 5061))
        directory = reader.nonEmptyString("tls-cert-dir")
        password = reader.nonEmptyString("tls-passphrase")
        policy = reader.value("tls-verify-policy", expecting: Policy.expected) { Policy($0) } ?? Policy()
        if policy.comparesClients {
            let place = reader.parameters.last("tls-verify-policy")?.location
            reader.report(.warning, at: place, "tls-verify-policy: the subjects of those who connect are not compared")
        }
        let versions = reader.nonEmptyString("tls-version")?.lowercased().split(separator: ",") ?? []
        isNewestOnly = !versions.isEmpty && versions.allSatisfy { $0.filter { $0 != " " } == "tlsv1.3" }
        guard isOn else { return nil }
    }

    /// What listens, made of the files.
    ///
    /// - Parameter usual: The switch's directory of certificates.
    func secured(usual: String, isThere: (String) -> Bool) throws(StreamSecurity.Fault) -> SecuredEndpoint {
        let directory = directory ?? usual
        var settings = StreamSecurity.Settings(identity: "\(directory)/agent.pem")
        let authorities = "\(directory)/cafile.pem"
        settings.authorities = isThere(authorities) ? authorities : nil
        settings.password = password
        settings.servers = policy.servers
        settings.wantsClientCertificates = policy.wantsClientCertificates
        settings.isNewestOnly = isNewestOnly
        return SecuredEndpoint(port: port, security: try StreamSecurity(settings))
    }
}

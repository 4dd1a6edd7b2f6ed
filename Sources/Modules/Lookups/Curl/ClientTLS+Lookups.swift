import Glibc
import HTTPTransport
import SwitchCore
import XMLConfig

extension ClientTLS {
    /// The file in the directory of certificates that is trusted in place of what the system trusts.
    private static let authorities = "cacert.pem"

    /// What servers are asked for certificates; `nil` on a system that has none to check them with.
    ///
    /// - Parameter verifies: Whether a server has to be the one that it says it is.
    static func forLookups(of softswitch: Switch, verifies: Bool) throws(TLSFault) -> ClientTLS? {
        var settings = ClientTLSSettings()
        guard verifies else {
            settings.verification = .none
            return try? ClientTLS(settings)
        }
        settings.authorities = ownAuthorities(of: softswitch)
        return settings.authorities == nil ? try? ClientTLS(settings) : try ClientTLS(settings)
    }

    /// The file with the certificates of an operator's own authorities, where there is one.
    static func ownAuthorities(of softswitch: Switch) -> String? {
        guard let directory = softswitch.xml.globals["certs_dir"] else { return nil }
        let path = "\(directory)/\(authorities)"
        return access(path, F_OK) == 0 ? path : nil
    }
}

import Base
import Glibc
import XMLConfig

/// What the operator sees when the switch is up.
enum Greeting {
    /// - Parameter password: The users' password when it was made now.
    static func print(_ globals: GlobalVariables, password: String?, conf: String) {
        let domain = globals["domain"] ?? ""
        // The word "auto" and the like stand for the machine's own address.
        let bound = globals["bind_server_ip"].flatMap { IPAddress($0)?.description }
        let address = bound ?? globals["local_ip_v4"] ?? ""
        let port = globals["internal_sip_port"] ?? "5060"
        var lines = [
            "",
            "Tandem \(Tandem.version) is ready.",
            "",
            "Register a phone:   user 1000 (to 1019), domain \(domain), server \(address):\(port)",
        ]
        if let password {
            lines.append(
                "                    password \(password)  (made now, kept in \(conf)/\(LocalPassword.fileName))"
            )
        } else if LocalPassword.isIncluded(in: conf) {
            lines.append("                    password: see \(conf)/\(LocalPassword.fileName)")
        }
        lines += [
            "Then dial:          9196 to hear yourself, 9197 for a tone, 9195 for an echo after five seconds,",
            "                    1001 to ring another phone that registered as 1001",
            "",
            "SIGHUP reloads the configuration, Ctrl-C stops.",
            "",
        ]
        Swift.print(lines.joined(separator: "\n"))
        fflush(nil)
    }
}

import Base
import Glibc

/// What the operator sees when the switch is up.
enum Greeting {
    static func print(address: IPAddress, password: String?, conf: String) {
        var lines = [
            "",
            "Tandem \(Tandem.version) is ready.",
            "",
            "Register a phone:   user 1000 (to 1019), domain \(address), server \(address):5060",
        ]
        if let password {
            lines.append(
                "                    password \(password)  (made now, kept in \(conf)/\(LocalPassword.fileName))"
            )
        } else {
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

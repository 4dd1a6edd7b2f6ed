import Base

/// What data centers, and the switches in them, may be called.
///
/// Rows, keys of memcached and hosts bear the names, and observers sign with them: `dc1/switch`, or `dns/ns1`.
public enum SiteName {
    /// What name servers sign with in the place of a data center.
    public static let nameServers = "dns"

    private static let maximumLength = 63

    /// What keeps a data center from having a name; `nil` when nothing does.
    public static func refusal(ofDataCenter name: String) -> String? {
        if name.equalsIgnoringASCIICase(nameServers) {
            return "a data center cannot be called \(nameServers), as name servers sign what they see with that"
        }
        guard isName(name), !name.isEmpty, !name.utf8.contains(UInt8(ascii: ".")) else {
            return "a data center needs a name of one label: letters, digits, hyphens"
        }
        return nil
    }

    /// Whether a switch may be called so: letters, digits, and what host names have between them.
    public static func isName(_ text: String) -> Bool {
        text.utf8.count <= maximumLength
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D || byte == 0x5F || byte == 0x2E
            }
    }
}

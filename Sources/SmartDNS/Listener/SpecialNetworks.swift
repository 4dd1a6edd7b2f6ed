import Base

/// Networks that the Internet's routers do not know (RFC 6890): many have the same ones, each their own.
enum SpecialNetworks {
    private static let blocks = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/8", "fc00::/7", "fe80::/10", "ff00::/8",
    ].compactMap { IPPrefix($0) }

    /// The block that an address is in; `nil` for those of the Internet.
    static func block(of address: IPAddress) -> IPPrefix? {
        blocks.first { $0.contains(address) }
    }
}

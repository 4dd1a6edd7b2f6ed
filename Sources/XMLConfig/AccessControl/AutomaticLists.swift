import Base

extension AccessControlLists {
    /// RFC 1918 §3.
    private static let privateV4 = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
    /// RFC 6598 §7: between a carrier's address translation and its customers.
    private static let sharedV4 = ["100.64.0.0/10"]
    /// "This network" (RFC 1122 §3.2.1.3) and link-local addresses (RFC 3927).
    private static let unroutedV4 = ["0.0.0.0/8", "169.254.0.0/16"]
    /// Unique local (RFC 4193) and link-local addresses (RFC 4291 §2.5.6).
    private static let unroutedV6 = ["fc00::/7", "fe80::/10"]
    private static let anyV4 = ["0.0.0.0/0"]
    private static let anyV6 = ["::/0"]

    /// The lists that exist without being configured.
    static func automatic(localNetworks: [IPPrefix]) -> [AccessControlList] {
        let local = localNetworks.map(\.description)
        return [
            list("rfc1918.auto", allow: privateV4),
            list("rfc6598.auto", allow: sharedV4),
            // The local networks come first: of equal networks the first written decides.
            list("nat.auto", deny: local, allow: privateV4 + sharedV4),
            list("localnet.auto", allow: local),
            list("loopback.auto", allow: ["127.0.0.0/8", "::1/128"]),
            list("wan.auto", deny: privateV4 + unroutedV4 + unroutedV6, allow: anyV4 + anyV6),
            list("wan_v4.auto", deny: privateV4 + unroutedV4, allow: anyV4),
            list("wan_v6.auto", deny: unroutedV6, allow: anyV6),
            list("any_v4.auto", allow: anyV4),
            list("any_v6.auto", allow: anyV6),
        ]
    }

    private static func list(_ name: String, deny: [String] = [], allow: [String]) -> AccessControlList {
        var list = AccessControlList(name: name, allowsByDefault: false)
        for network in deny.compactMap({ IPPrefix($0) }) { list.add(network, allowing: false) }
        for network in allow.compactMap({ IPPrefix($0) }) { list.add(network, allowing: true) }
        return list
    }
}

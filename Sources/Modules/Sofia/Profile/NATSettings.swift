import XMLConfig

/// What a profile's settings say about peers behind a NAT.
struct NATSettings: Sendable {
    /// Access lists; an address that is in all of them is behind a NAT (`apply-nat-acl`).
    let lists: [String]
    /// Whether a Via that does not say where its request came from means a NAT (`aggressive-nat-detection`).
    let isAggressive: Bool
    /// Whether whoever calls over TCP is behind a NAT (`tcp-always-nat`).
    let meansAllTCP: Bool
    /// The access list of those who never are (`local-network-acl`).
    let localNetworks: String

    /// Reads the settings.
    init(_ reader: inout ConfigurationReader) {
        lists = reader.all("apply-nat-acl").map(\.value)
        isAggressive = reader.boolean("aggressive-nat-detection", default: false)
        meansAllTCP = reader.boolean("tcp-always-nat", default: false)
        localNetworks = reader.string("local-network-acl", default: "localnet.auto")
    }
}

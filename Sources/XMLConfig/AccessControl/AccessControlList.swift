public import Base

/// Which addresses may do something: networks that are allowed or denied, and what holds for the rest.
///
/// The longest network that an address is in decides; of equal ones the first written. IPv4 and IPv6 never mix.
public struct AccessControlList: Sendable {
    /// What a list says about an address.
    public struct Decision: Hashable, Sendable {
        /// Whether the address may.
        public let isAllowed: Bool
        /// The user whose address it is (`user@domain`), where the network came from the directory.
        public let token: String?
        /// The network that decided; `nil` when the list's default did.
        public let network: IPPrefix?
    }

    /// The ports that an entry is limited to.
    public struct Ports: Hashable, Sendable {
        /// Single ports; empty when there are none.
        public let list: [UInt16]
        /// A range of ports.
        public let range: ClosedRange<UInt16>?

        /// Some ports, a range, or both.
        public init(list: [UInt16] = [], range: ClosedRange<UInt16>? = nil) {
            (self.list, self.range) = (list, range)
        }

        /// Whether a port is among them.
        public func contains(_ port: UInt16) -> Bool {
            list.contains(port) || range?.contains(port) == true
        }
    }

    private struct Entry: Sendable {
        let isAllowed: Bool
        let ports: Ports?
        let token: String?
    }

    /// The list's name.
    public let name: String
    /// What holds for addresses in none of the networks.
    public let allowsByDefault: Bool

    private var entries: [IPPrefix: [Entry]] = [:]
    /// The lengths that occur, longest first, so that a look-up asks once for each.
    private var lengths: [IPAddress.Family: [Int]] = [:]

    /// A list without networks.
    public init(name: String, allowsByDefault: Bool) {
        (self.name, self.allowsByDefault) = (name, allowsByDefault)
    }

    /// How many networks were added.
    public private(set) var count = 0

    /// Adds a network after those that are there.
    ///
    /// - Parameters:
    ///   - ports: The ports that the entry is for; `nil` for all.
    ///   - token: The user whose network it is, as `user@domain`.
    public mutating func add(_ network: IPPrefix, allowing: Bool, ports: Ports? = nil, token: String? = nil) {
        entries[network, default: []].append(Entry(isAllowed: allowing, ports: ports, token: token))
        count += 1
        var known = lengths[network.address.family] ?? []
        guard !known.contains(network.length) else { return }
        known.append(network.length)
        lengths[network.address.family] = known.sorted(by: >)
    }

    /// What the list says about an address.
    ///
    /// - Parameter port: The port that the traffic comes from; without one, entries for certain ports count too.
    public func decision(for address: IPAddress, port: UInt16? = nil) -> Decision {
        for length in lengths[address.family] ?? [] {
            guard let network = IPPrefix(address, length: length), let candidates = entries[network] else { continue }
            for entry in candidates {
                if let port, let ports = entry.ports, !ports.contains(port) { continue }
                return Decision(isAllowed: entry.isAllowed, token: entry.token, network: network)
            }
        }
        return Decision(isAllowed: allowsByDefault, token: nil, network: nil)
    }
}

import Base
import Glibc
import MediaEngine
import SwitchCore
import XMLConfig

/// Addresses and names.
enum NetworkCommands {
    static func all(_ threads: BlockingPool) -> [APICommand] {
        [
            APICommand("acl", syntax: "<ip> <list_name>", summary: "whether a list allows an address") {
                context,
                text in
                let words = CommandText.words(of: text)
                guard words.count >= 2, let address = IPAddress(words[0]) else { return "false" }
                return String(context.softswitch.accessLists.decision(for: address, in: words[1])?.isAllowed ?? false)
            },
            APICommand("is_lan_addr", syntax: "<ip>", summary: "whether an address is a private one") { _, text in
                String(isPrivate(text))
            },
            lookup("host_lookup", empty: "parameter missing\n", failure: "!err!", threads),
            lookup("gethost", empty: "-ERR", failure: "-ERR", threads),
            APICommand("interface_ip", syntax: interfaceSyntax, summary: "the address of a network interface") {
                _,
                text in
                let words = CommandText.words(of: text, limit: 3)
                guard let name = words[at: 1], let families = InterfaceAddress.families[words[0].lowercased()] else {
                    return "USAGE: interface_ip \(interfaceSyntax)\n"
                }
                return InterfaceAddress.first(of: name, in: families) ?? ""
            },
            APICommand("nat_map", syntax: natHelp, summary: "port mappings of a router; there are none") { _, text in
                text.isEmpty ? "USAGE: nat_map \(natSyntax)" : "false"
            },
            APICommand("stun", syntax: stunSyntax, summary: "the machine's address on the outside") { _, text in
                guard let server = text.split(separator: " ").first else { return "-STUN Failed! NO STUN SERVER\n" }
                let (host, port) = address(server)
                guard let port else { return "-STUN Failed! [no port]\n" }
                let answer = await threads.run { PublicAddress.ask(host, port: port) }
                guard let endpoint = answer ?? nil else { return "-STUN Failed! [no answer]\n" }
                return "\(endpoint)\n"
            },
        ]
    }

    private static let interfaceSyntax = "[auto|ipv4|ipv6] <ifname>"
    private static let natHelp = "[status|republish|reinit] | [add|del] <port> [tcp|udp] [static]"
    private static let natSyntax =
        "[status|reinit|republish] | [add|del] <port> [tcp|udp] [sticky] | [mapping] <enable|disable>"
    private static let stunSyntax = "<stun_server>[:port] [<source_ip>[:<source_port]]"

    /// The port of STUN servers (RFC 8489 §18.6).
    private static let stunPort: UInt16 = 3478

    /// Reads `server`, `server:port` and `[address]:port`; the port is `nil` when it is none.
    private static func address(_ text: Substring) -> (host: String, port: UInt16?) {
        if text.first == "[", let end = text.firstIndex(of: "]") {
            let port = text[text.index(after: end)...].dropFirst()
            return (String(text[..<end].dropFirst()), port.isEmpty ? stunPort : UInt16(port))
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return (String(text), stunPort) }
        return (String(parts[0]), UInt16(parts[1]))
    }

    /// What counts as the address of a local network: RFC 1918 and what no public host has.
    private static let privateNetworks = [
        "10.0.0.0/8", "192.168.0.0/16", "127.0.0.0/8", "255.0.0.0/8", "0.0.0.0/8", "1.0.0.0/8", "2.0.0.0/8",
        "172.16.0.0/12", "192.0.2.0/24", "169.254.0.0/16",
    ].compactMap { IPPrefix($0) }

    private static func isPrivate(_ text: String) -> Bool {
        guard let address = IPAddress(text) else { return false }
        return privateNetworks.contains { $0.contains(address) }
    }

    private static func lookup(
        _ name: String,
        empty: String,
        failure: String,
        _ threads: BlockingPool
    ) -> APICommand {
        APICommand(name, syntax: "<hostname>", summary: "the address of a host") { _, host in
            guard !host.isEmpty else { return empty }
            if IPAddress(host) != nil { return host }
            let found = await threads.run { HostLookup.address(of: host) }
            return (found ?? nil) ?? failure
        }
    }
}

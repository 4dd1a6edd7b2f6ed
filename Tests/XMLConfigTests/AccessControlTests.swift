import Base
import Testing
import XMLConfig

@Suite struct AccessControlTests {
    static let xml = """
        <configuration name="acl.conf"><network-lists>
          <list name="lan" default="allow">
            <node type="deny" cidr="192.168.42.0/24"/>
            <node type="allow" cidr="192.168.42.42/32"/>
          </list>
          <list name="equal" default="deny">
            <node type="deny" cidr="10.0.0.0/8"/>
            <node type="allow" cidr="10.0.0.0/8"/>
            <node type="allow" cidr="10.1.0.0/16, 2001:db8::/32"/>
            <node type="allow" host="172.16.5.0" mask="255.255.255.0"/>
          </list>
          <list name="ports" default="deny">
            <node type="allow" cidr="192.0.2.0/24" ports="5060,5080"/>
            <node type="allow" cidr="192.0.2.0/24" port-min="7000" port-max="8000"/>
          </list>
          <list name="domains" default="deny"><node type="allow" domain="example.org"/></list>
          <list name="plain" default="yes"><node cidr="10.0.0.0/8"/></list>
          <list name="broken">
            <node type="allow" cidr="10.0.0.0/40"/>
            <node type="allow" host="10.0.0.0" mask="255.0.255.0"/>
            <node type="allow" domain="nowhere"/>
            <node type="allow"/>
          </list>
        </network-lists></configuration>
        """

    static func lists() throws -> AccessControlLists {
        AccessControlLists(
            xml: try parsed(xml),
            domains: ["example.org": try parsed(DirectoryTests.domain)],
            localNetworks: [IPPrefix("192.168.0.0/16"), IPPrefix("2001:db8:1::/64")].compactMap { $0 }
        )
    }

    @Test(
        arguments: [
            ("lan", "192.168.42.1", nil, false), ("LAN", "192.168.42.42", nil, true), ("lan", "8.8.8.8", nil, true),
            ("lan", "::1", nil, true), ("equal", "10.9.9.9", nil, false), ("equal", "10.1.9.9", nil, true),
            ("equal", "2001:db8::9", nil, true), ("equal", "172.16.5.9", nil, true),
            ("equal", "172.16.6.9", nil, false),
            ("ports", "192.0.2.1", 5060, true), ("ports", "192.0.2.1", 7500, true), ("ports", "192.0.2.1", 5070, false),
            ("ports", "192.0.2.1", nil, true), ("plain", "10.0.0.1", nil, true), ("broken", "10.0.0.1", nil, false),
            ("domains", "192.0.2.9", nil, true), ("domains", "192.0.2.99", nil, false),
            ("rfc1918.auto", "172.31.0.1", nil, true), ("rfc1918.auto", "172.32.0.1", nil, false),
            ("rfc6598.auto", "100.64.0.1", nil, true), ("nat.auto", "192.168.1.1", nil, false),
            ("nat.auto", "10.1.1.1", nil, true), ("nat.auto", "100.100.0.1", nil, true),
            ("nat.auto", "8.8.8.8", nil, false),
            ("localnet.auto", "192.168.7.7", nil, true), ("localnet.auto", "2001:db8:1::9", nil, true),
            ("localnet.auto", "10.0.0.1", nil, false), ("loopback.auto", "127.1.2.3", nil, true),
            ("loopback.auto", "::1", nil, true), ("loopback.auto", "10.0.0.1", nil, false),
            ("wan.auto", "8.8.8.8", nil, true), ("wan.auto", "10.0.0.1", nil, false),
            ("wan.auto", "2001:db8::1", nil, true),
            ("wan.auto", "fe80::1", nil, false), ("wan_v4.auto", "8.8.8.8", nil, true),
            ("wan_v4.auto", "2001:db8::1", nil, false), ("wan_v6.auto", "2001:db8::1", nil, true),
            ("wan_v6.auto", "fd00::1", nil, false), ("any_v4.auto", "8.8.8.8", nil, true),
            ("any_v4.auto", "::1", nil, false),
            ("any_v6.auto", "::1", nil, true), ("any_v6.auto", "8.8.8.8", nil, false),
            ("10.0.0.0/8", "10.1.1.1", nil, true), ("10.0.0.0/8,192.0.2.0/24", "192.0.2.1", nil, true),
            ("10.0.0.0/8", "11.1.1.1", nil, false), ("nosuch", "10.1.1.1", nil, nil), ("x/8", "10.1.1.1", nil, nil),
        ] as [(String, String, UInt16?, Bool?)]
    )
    func decisions(_ example: (list: String, address: String, port: UInt16?, isAllowed: Bool?)) throws {
        let address = try #require(IPAddress(example.address))
        let decision = try Self.lists().decision(for: address, port: example.port, in: example.list)
        #expect(decision?.isAllowed == example.isAllowed)
    }

    @Test func usersAreNamed() throws {
        let lists = try Self.lists()
        let address = try #require(IPAddress("2001:db8::5"))
        let decision = lists["domains"]?.decision(for: address)
        #expect(decision?.token == "trunk@Example.org")
        #expect(decision?.network?.description == "2001:db8::/64")
        #expect(lists.diagnostics.count == 4)
        #expect(lists.diagnostics.allSatisfy { $0.severity == .warning })
    }

    @Test func domainsAreAskedFor() async throws {
        let registry = XMLRegistry(
            root: try parsed("<document><section name='configuration'>\(Self.xml)</section></document>")
        )
        let provider = try ScriptedProvider(document: DirectoryTests.tree())
        registry.bind(provider, named: "p", to: [.directory])
        let lists = await AccessControlLists.load(from: registry, localNetworks: [])
        let origin =
            "Event-Name=GENERAL&Event-Calling-File=switch_core.c"
            + "&Event-Calling-Function=switch_load_network_lists"
        #expect(
            provider.asked == [
                "directory domain name example.org \(origin)&domain=example.org&purpose=network-list",
                "directory domain name nowhere \(origin)&domain=nowhere&purpose=network-list",
            ]
        )
        let address = try #require(IPAddress("192.0.2.9"))
        #expect(lists.decision(for: address, in: "domains")?.isAllowed == true)
    }
}

import SwitchCore
import Testing
import XMLConfig

/// Questions about users, groups, domains and addresses.
struct DirectoryCommandTests {
    private static let directory = """
        <domain name="example.org"><params><param name="mode" value="plain"/></params>
          <variables><variable name="area" value="212"/></variables>
          <groups><group name="sales"><users><user id="1000"><params>
            <param name="dial-string" value="{^^:domain=${dialed_domain}}sofia/internal/${dialed_user},loopback/x"/>
            </params><variables><variable name="user_context" value="inside"/></variables></user>
            <user id="1002" type="pointer"/></users></group><group name="desk"><users><user id="1003"><params>
            <param name="dial-string" value="sofia/internal/${dialed_user}"/>
            <param name="group-dial-string" value="{x=y}loopback/${dialed_group}/${dialed_user}@${dialed_domain}"/>
            </params></user></users></group></groups>
          <users><user id="1001"/><user id="1002"/></users></domain>
        <domain name="flat.example"><users><user id="1"/></users></domain>
        """

    @Test(
        arguments: [
            ("in_group 1000@example.org SALES", "true"),
            ("in_group 1000@example.org,sales", "true"),
            ("in_group 1001@example.org sales", "false"),
            ("in_group 1000@example.org", "false"),
            ("domain_data example.org param mode", "plain"),
            ("domain_data example.org var area", "212"),
            ("domain_data example.org attr name", "example.org"),
            ("domain_data nowhere var area", ""),
            ("domain_data example.org", ""),
            ("domain_exists example.org", "true"),
            ("domain_exists nowhere", "false"),
            ("domain_exists", ""),
            ("user_exists id 1000 example.org", "true"),
            ("user_exists id 1000 nowhere", "false"),
            ("user_exists id", "false"),
            ("user_data 1000@example.org var area", "212"),
            ("user_data 1000@example.org attr id", "1000"),
            ("user_data 1000@example.org param mode", "plain"),
            ("user_data 1000@example.org", ""),
            ("user_data 999@example.org var area", ""),
            ("find_user_xml id 999 example.org", "-ERR can't find user\n"),
            ("find_user_xml id", "-ERR bad args\n"),
            (
                "find_user_xml id 1001 example.org",
                """
                <user id="1001">
                  <params>
                    <param name="mode" value="plain"/>
                  </params>
                  <variables>
                    <variable name="area" value="212"/>
                  </variables>
                </user>

                """
            ),
            ("xml_flush_cache", "+OK cleared 0 entries\n"),
            ("xml_flush_cache id 1000 example.org", "+OK cleared 0 entries\n"),
        ]
    )
    func answers(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch.answer(line, directory: Self.directory) == answer)
    }

    @Test(
        arguments: [
            (
                "sales@example.org",
                "[^^:domain=example.org]sofia/internal/1000,[^^:domain=example.org]loopback/x,user/1002@example.org"
            ),
            (
                "sales@example.org+F",
                "[^^:domain=example.org]sofia/internal/1000,[^^:domain=example.org]loopback/x|user/1002@example.org"
            ),
            (
                "sales@example.org+E",
                "[^^:domain=example.org]sofia/internal/1000,[^^:domain=example.org]loopback/x:_:user/1002@example.org"
            ),
            ("desk@example.org", "[x=y]loopback/desk/1003@example.org"),
            ("nobody@example.org", "error/NO_ROUTE_DESTINATION"),
            ("", "error/NO_ROUTE_DESTINATION"),
        ]
    )
    func callsGroups(_ group: String, _ dialString: String) throws {
        #expect(try TestSwitch.answer("group_call \(group)", directory: Self.directory) == dialString)
    }

    /// The dial strings of those who are registered.
    @Test(
        arguments: [
            ("1000@example.org", "sofia/a,sofia/b"), ("1001@example.org", "sofia/c"), ("1000@nowhere", nil),
            ("1002@example.org", nil),
        ] as [(String, String?)]
    )
    func tellsWhoIsRegistered(_ user: String, _ urls: String?) throws {
        let exchange = try TestSwitch("")
        let rows = [("1000", "sofia/a"), ("1001", "sofia/c"), ("1000", "sofia/b")].map { user, url in
            RegistrationListing(
                user: user,
                realm: "example.org",
                token: "t",
                url: url,
                expires: 0,
                networkAddress: "10.0.0.9",
                networkPort: "5060",
                networkProtocol: "udp"
            )
        }
        exchange.softswitch.registrations.register({ rows }, as: "test")
        #expect(exchange.command("reg_url \(user)") == urls ?? "error/user_not_registered")
        #expect(exchange.command("reg_url") == "")
    }

    @Test func listsUsers() throws {
        let exchange = try TestSwitch("", directory: Self.directory)
        let header =
            "userid|context|domain|group|contact|callgroup|effective_caller_id_name|effective_caller_id_number\n"
        // There is no SIP here to tell the contacts.
        let contact = "-ERR sofia_contact Command not found!\n"
        let ann = "1000|inside|example.org|sales|\(contact)|||\n"
        let bob = "1002||example.org|sales|\(contact)|||\n"
        let desk = "1003||example.org|desk|\(contact)|||\n"
        let flat = "1||flat.example||\(contact)|||\n"
        for (arguments, users) in [
            ("", ann + bob + desk + flat), (" domain flat.example", flat), (" group sales", ann + bob + flat),
            (" user 1002", bob), (" context inside", ann), (" domain nowhere", ""),
        ] {
            #expect(exchange.command("list_users" + arguments) == header + users + "\n+OK\n")
        }
    }

    @Test(
        arguments: [
            ("acl 192.168.1.1 192.168.0.0/16", "true"),
            ("acl 10.1.1.1 192.168.0.0/16", "false"),
            ("acl 192.168.1.1 rfc1918.auto", "true"),
            ("acl nonsense rfc1918.auto", "false"),
            ("acl 192.168.1.1 nowhere", "false"),
            ("acl", "false"),
            ("is_lan_addr 10.0.0.1", "true"),
            ("is_lan_addr 172.31.0.1", "true"),
            ("is_lan_addr 172.32.0.1", "false"),
            ("is_lan_addr 198.51.100.1", "false"),
            ("is_lan_addr nonsense", "false"),
            ("host_lookup", "parameter missing\n"),
            ("host_lookup 192.0.2.1", "192.0.2.1"),
            ("gethost 192.0.2.1", "192.0.2.1"),
            ("nat_map status", "false"),
            ("interface_ip", "USAGE: interface_ip [auto|ipv4|ipv6] <ifname>\n"),
            ("interface_ip lo", "USAGE: interface_ip [auto|ipv4|ipv6] <ifname>\n"),
            ("interface_ip ipx lo", "USAGE: interface_ip [auto|ipv4|ipv6] <ifname>\n"),
            ("interface_ip ipv4 lo", "127.0.0.1"), ("interface_ip auto lo", "127.0.0.1"),
            ("interface_ip ipv4 no_such_interface", ""),
        ]
    )
    func knowsAddresses(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch.answer(line) == answer)
    }

    /// A name that every machine knows is one of its own addresses.
    @Test(arguments: ["host_lookup localhost", "gethost localhost"])
    func looksUpNames(_ line: String) throws {
        let answer = try TestSwitch("").answer(line)
        #expect(["127.0.0.1", "::1"].contains(answer), "\(answer)")
    }

    /// Sends users that may be kept for ever, whoever is asked for.
    private struct Provider: XMLProvider {
        func fetch(
            section: XMLSection,
            tag: String,
            key: String,
            value: String,
            parameters: [(String, String)]
        ) async -> XMLProviderAnswer {
            let users = ["1000", "1001"].map { "<user id=\"\($0)\" cacheable=\"always\"/>" }.joined()
            let text = """
                <document type="freeswitch/xml"><section name="directory"><domain name="\(value)">\(users)</domain>
                </section></document>
                """
            guard let node = try? XMLDocument.parse(Array(text.utf8), named: "provider") else { return .notFound }
            return .document(node)
        }
    }

    /// How many of three users that are kept are forgotten, and how many that leaves.
    @Test(
        arguments: [
            ("", 3, 0), ("id 1000", 2, 1), ("id 1000 b.example", 1, 2), ("id 1002 a.example", 0, 3),
            ("id 1001 a.example", 1, 2),
        ]
    )
    func forgetsUsers(_ arguments: String, _ count: Int, _ left: Int) throws {
        let exchange = try TestSwitch("")
        exchange.softswitch.xml.bind(Provider(), named: "test", to: [.directory])
        for user in ["1000 a.example", "1001 a.example", "1000 b.example"] {
            #expect(exchange.command("user_exists id \(user)") == "true")
        }
        let answer = { (count: Int) in "+OK cleared \(count) entr\(count == 1 ? "y" : "ies")\n" }
        #expect(exchange.command("xml_flush_cache \(arguments)") == answer(count))
        #expect(exchange.command("xml_flush_cache") == answer(left))
    }
}

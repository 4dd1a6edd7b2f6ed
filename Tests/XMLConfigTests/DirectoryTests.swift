import Base
import Synchronization
import Testing
import XMLConfig

@Suite struct DirectoryTests {
    static let domain = """
        <domain name="Example.org">
          <params><param name="p" value="domain"/><param name="dial-string" value="d"/></params>
          <variables><variable name="v" value="domain"/><variable name="only" value="domain"/></variables>
          <groups>
            <group name="sales">
              <params><param name="P" value="group"/></params>
              <variables><variable name="v" value="group"/></variables>
              <users>
                <user id="1001" type="pointer"/>
                <user id="1000" number-alias="alice" mailbox="77">
                  <params><param name="password" value="x"/></params>
                  <variables><variable name="v" value="user"/></variables>
                  <profile-variables><variable name="pv" value="1"/></profile-variables>
                </user>
                <user id="ghost" type="pointer"/>
              </users>
            </group>
            <group name="empty"/>
          </groups>
          <users><user id="1001"><params/></user><user id="1000" late="yes"/></users>
          <user id="trunk" ip="192.0.2.7" cidr="192.0.2.0/28, 2001:db8::/64"/>
        </domain>
        """

    static func tree(_ domain: String = domain) -> String {
        "<document><section name=\"directory\">\(domain)</section></document>"
    }

    static func describe(_ user: DirectoryUser?) -> String {
        guard let user else { return "nobody" }
        let params = user.params.all.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        let variables = user.variables.all.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        return "\(user.id)@\(user.domain) [\(params)] [\(variables)] \(user.groups)"
    }

    @Test(arguments: [
        ("1000", "1000@Example.org [password=x P=group dial-string=d] [v=user only=domain] [\"sales\"]"),
        ("ALICE", "1000@Example.org [password=x P=group dial-string=d] [v=user only=domain] [\"sales\"]"),
        ("1001", "1001@Example.org [p=domain dial-string=d] [v=domain only=domain] [\"sales\"]"),
        ("trunk", "trunk@Example.org [p=domain dial-string=d] [v=domain only=domain] []"),
        ("ghost", "nobody"),
        ("", "nobody"),
    ]) func inheritance(_ example: (id: String, expected: String)) async throws {
        let registry = XMLRegistry(root: try parsed(Self.tree()))
        let directory = DirectoryLookup(registry) { .zero }
        for _ in 0..<2 {
            let user = await directory.user(example.id, domain: "EXAMPLE.ORG")
            #expect(Self.describe(user) == example.expected)
        }
        #expect(await directory.user(example.id, domain: "other.org") == nil)
    }

    @Test func groupsAddressesAndProfileVariables() async throws {
        let directory = DirectoryLookup(XMLRegistry(root: try parsed(Self.tree()))) { .zero }
        let members = await directory.members(of: "Sales", domain: "example.org")
        #expect(members?.map(\.id) == ["1001", "1000"])
        #expect(await directory.members(of: "empty", domain: "example.org")?.isEmpty == true)
        #expect(await directory.members(of: "none", domain: "example.org") == nil)
        let address = try #require(IPAddress("192.0.2.7"))
        #expect(await directory.user(at: address, domain: "example.org")?.id == "trunk")
        let alice = await directory.user("alice", domain: "example.org")
        #expect(alice?.profileVariables["PV"] == "1")
        #expect(alice?.mailbox == "77")
        #expect(await directory.domain("example.org")?.users.map(\.id) == ["1000", "1001", "1000", "trunk"])
    }

    @Test func aReloadIsSeenAtOnce() async throws {
        let trees = Mutex(["<user id='1'/>", "<user id='1' new='yes'/>", ""])
        struct Source: ConfigurationSource {
            let next: @Sendable () -> String
            func load(globals: GlobalVariables) throws(ConfigurationError) -> LoadedConfiguration {
                let text = DirectoryTests.tree("<domain name='d'>\(next())</domain>")
                return LoadedConfiguration(root: try XMLDocument.parse(Array(text.utf8), named: "t"))
            }
        }
        let source = Source { trees.withLock { $0.removeFirst() } }
        let registry = XMLRegistry(source: source, globals: GlobalVariables())
        let directory = DirectoryLookup(registry) { .zero }
        try registry.reload()
        #expect(await directory.user("1", domain: "d")?[attribute: "new"] == nil)
        try registry.reload()
        #expect(await directory.user("1", domain: "d")?[attribute: "new"] == "yes")
        try registry.reload()
        #expect(await directory.user("1", domain: "d") == nil)
    }

    @Test(arguments: [("", 0, 3), ("cacheable='1000'", 1, 2), ("cacheable='always'", 1, 1), ("cacheable='0'", 0, 3)])
    func answersAreKeptAsTheyAllow(_ example: (attribute: String, kept: Int, questions: Int)) async throws {
        let text = Self.tree("<domain name='d'><user id='1' \(example.attribute)/></domain>")
        let provider = try ScriptedProvider(document: text)
        let registry = XMLRegistry(root: try parsed("<document/>"))
        registry.bind(provider, named: "p", to: [.directory])
        let time = Mutex(MonotonicInstant.zero)
        let directory = DirectoryLookup(registry) { time.withLock { $0 } }
        for _ in 0..<2 { _ = await directory.user("1", domain: "d", parameters: [("action", "sip_auth")]) }
        time.withLock { $0 = $0 + .seconds(2) }
        _ = await directory.user("1", domain: "d")
        #expect(provider.asked.count == example.questions)
        let origin =
            "Event-Name=REQUEST_PARAMS&Event-Calling-File=switch_xml.c"
            + "&Event-Calling-Function=switch_xml_locate_user"
        #expect(provider.asked[0] == "directory domain name d \(origin)&action=sip_auth&key=id&user=1&domain=d")
        #expect(directory.flush(user: "2", domain: "d") == 0)
        #expect(directory.flush(user: "1") == example.kept)
    }

    @Test func cachesStayBounded() async throws {
        let users = (0..<50).map { "<user id='\($0)' cacheable='x'/>" }.joined()
        let registry = XMLRegistry(root: try parsed("<document/>"))
        registry.bind(
            try ScriptedProvider(document: Self.tree("<domain name='d'>\(users)</domain>")),
            named: "p",
            to: [.directory]
        )
        let directory = DirectoryLookup(registry, capacity: 10) { .zero }
        for number in 0..<50 { #expect(await directory.user("\(number)", domain: "d") != nil) }
        #expect(directory.flush() == 10)
    }
}

import Base
import TandemTesting
import Testing
import XMLConfig

@Suite struct WholeTreeTests {
    /// Beside the package, when this machine has it: a stock tree as operators have them.
    private static let stockTree = SharedCorpus.folder("freeswitch-vanilla")

    /// A small tree of our own, with the shapes of a whole one.
    private static let ownTree: [String: String] = [
        "/conf/freeswitch.xml": """
        <?xml version="1.0"?>
        <document type="freeswitch/xml">
          <!--#comment
              nothing of this is seen
          -->
          <X-PRE-PROCESS cmd="include" data="vars.xml"/>
          <section name="configuration"><!-- below -->
            <X-PRE-PROCESS cmd="include" data="autoload_configs/*.xml"/>
          </section>
          <section name="dialplan">
            <X-PRE-PROCESS cmd="include" data="dialplan/*.xml"/>
          </section>
          <section name="directory">
            <X-PRE-PROCESS cmd="include" data="directory/*.xml"/>
          </section>
        </document>
        """,
        "/conf/vars.xml": """
        <include>
          <X-PRE-PROCESS cmd="set" data="domain=$${local_ip_v4}"/>
        </include>
        """,
        "/conf/autoload_configs/sofia.conf.xml": """
        <configuration name="sofia.conf">
          <profiles>
            <X-PRE-PROCESS cmd="include" data="../sip_profiles/internal.xml"/>
          </profiles>
        </configuration>
        """,
        "/conf/autoload_configs/acl.conf.xml": """
        <configuration name="acl.conf"><network-lists>
          <list name="domains" default="deny"><node type="allow" domain="$${domain}"/></list>
        </network-lists></configuration>
        """,
        "/conf/dialplan/default.xml": """
        <include>
          <context name="default"><extension name="all"><condition/></extension></context>
        </include>
        """,
        "/conf/directory/default.xml": """
        <include>
          <domain name="$${domain}"><groups><group name="default"><users>
            <user id="1000"><params><param name="password" value="x"/></params></user>
          </users></group></groups></domain>
        </include>
        """,
    ]

    private static let globals = [(name: "local_ip_v4", value: "192.0.2.1"), (name: "conf_dir", value: "/conf")]

    private func check(_ registry: XMLRegistry) async throws {
        try registry.reload()
        let errors = registry.snapshot.diagnostics.filter { $0.severity == .error }
        #expect(errors.isEmpty)
        #expect(registry.globals["domain"] == "192.0.2.1")
        let sofia = try #require(await registry.configuration(named: "sofia.conf"))
        #expect(sofia.location.file.hasSuffix("autoload_configs/sofia.conf.xml"))
        #expect(registry.snapshot.find(section: .dialplan, tag: "context", key: "name", value: "default") != nil)
        let directory = DirectoryLookup(registry) { .zero }
        let user = try #require(await directory.user("1000", domain: "192.0.2.1"))
        #expect(user.params["password"] != nil)
        #expect(user.groups.contains("default"))
        let lists = await AccessControlLists.load(from: registry, localNetworks: [])
        #expect(lists["domains"] != nil)
        #expect(lists.diagnostics.isEmpty)
    }

    @Test func ownTreeLoads() async throws {
        let source = FileConfigurationSource(path: "/conf/freeswitch.xml", files: MemoryFiles(Self.ownTree))
        try await check(XMLRegistry(source: source, globals: GlobalVariables(Self.globals)))
    }

    @Test(.enabled(if: stockTree != nil)) func stockTreeLoads() async throws {
        let folder = try #require(Self.stockTree)
        let registry = XMLRegistry(
            source: FileConfigurationSource(path: folder + "/freeswitch.xml"),
            globals: GlobalVariables(Self.globals)
        )
        try await check(registry)
        let warnings = registry.snapshot.diagnostics.filter { $0.severity == .warning }.map(\.message)
        #expect(
            warnings == [
                "stun-set is not allowed here, external_rtp_ip is not set",
                "stun-set is not allowed here, external_sip_ip is not set",
            ]
        )
        let sofia = try #require(await registry.configuration(named: "sofia.conf"))
        let profiles = sofia.first("profiles")?.children(named: "profile").compactMap { $0[attribute: "name"] }
        #expect(profiles?.contains("internal") == true)
        let user = await DirectoryLookup(registry, now: { .zero }).user("1000", domain: "192.0.2.1")
        #expect(user?.params["dial-string"]?.hasPrefix("{^^:sip_invite_domain") == true)
        #expect(user?.groups == ["default", "sales"])
    }
}

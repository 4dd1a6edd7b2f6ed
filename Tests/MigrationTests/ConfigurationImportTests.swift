import Database
import TandemTesting
import Testing
import XMLConfig
import XMLHandler

@testable import Migration

/// `tandem migrate import-conf`: what the handler answers afterwards is what the files said.
struct ConfigurationImportTests {
    /// A tree, read as the switch reads it.
    private static func tree(_ directory: String) throws -> XMLNode {
        let globals = GlobalVariables([
            ("conf_dir", directory), ("sounds_dir", "/sounds"), ("local_ip_v4", "192.0.2.1"), ("hostname", "pbx"),
            ("domain", "192.0.2.1"), ("base_dir", "/base"), ("recordings_dir", "/recordings"),
        ])
        var options = PreprocessorOptions()
        options.publicAddress = { _, _ in "192.0.2.1" }
        return try FileConfigurationSource(path: directory + "/freeswitch.xml", options: options)
            .load(globals: globals).root
    }

    /// A tree that has everything.
    private static func sample(_ directory: TemporaryDirectory) throws -> XMLNode {
        directory.write(
            """
            <document type="freeswitch/xml">
              <section name="configuration">
                <configuration name="sofia.conf">
                  <global_settings><param name="log-level" value="3"/></global_settings>
                  <profiles><profile name="internal">
                    <gateways><gateway name="carrier">
                      <param name="username" value="a"/><param name="password" value="p&amp;$w"/>
                      <param name="proxy" value="sip.example.com"/><param name="register" value="yes"/>
                      <param name="expire-seconds" value="600"/><param name="cid-type" value="rpid"/>
                    </gateway></gateways>
                    <domains><domain name="all" alias="true" parse="false"/></domains>
                    <settings>
                      <param name="sip-port" value="5060"/>
                      <param name="apply-nat-acl" value="b"/><param name="apply-nat-acl" value="a"/>
                    </settings>
                  </profile></profiles>
                </configuration>
                <configuration name="acl.conf"><network-lists>
                  <list name="lan" default="allow">
                    <node type="deny" cidr="192.0.2.0/24"/><node type="allow" cidr="192.0.2.42/32"/>
                  </list>
                  <list name="domains" default="deny"><node type="allow" domain="one.example"/></list>
                </network-lists></configuration>
                <configuration name="local_stream.conf">
                  <directory name="moh/16000" path="/music"><param name="rate" value="16000"/></directory>
                </configuration>
              </section>
              <section name="dialplan">
                <context name="default">
                  <extension name="zz"><condition field="destination_number" expression="^(\\d+)$">
                    <action application="bridge" data="sofia/gateway/carrier/$1"/>
                    <action application="set"><![CDATA[a=<b> & "c"]]></action>
                  </condition></extension>
                  <extension name="aa" continue="true"><condition><action application="answer"/></condition></extension>
                </context>
                <context name="public"><extension name="in"><condition>
                  <action application="bridge" data="sofia/gateway/${gw}/1"/></condition></extension></context>
              </section>
              <section name="directory">
                <domain name="one.example">
                  <params><param name="dial-string" value="{a=${b}}${sofia_contact(${dialed_user})}"/></params>
                  <variables><variable name="colour" value="R&amp;D"/><variable name="escaped" value="a&amp;lt;b"/></variables>
                  <groups>
                    <group name="default"><users>
                      <user id="1000" number-alias="ann"><params><param name="password" value="a&amp;b$"/></params>
                        <variables><variable name="toll_allow" value="local"/><variable name="own" value="1"/></variables>
                      </user>
                      <user id="1001" cidr="192.0.2.7/32" mailbox="9"/>
                    </users></group>
                    <group name="sales"><users><user id="1001" type="pointer"/><user id="1000" type="pointer"/></users></group>
                  </groups>
                </domain>
              </section>
            </document>
            """,
            to: "freeswitch.xml"
        )
        return try tree(directory.path)
    }

    private static func handler(_ database: TestDatabase) -> XMLHandler {
        XMLHandler(DatabaseTables(database.pool), options: HandlerOptions(hostName: "pbx") { "0" })
    }

    private static func section(_ name: String, of root: XMLNode) -> XMLNode? {
        root.firstChild(named: "section", where: "name", equals: name)
    }

    // MARK: - Comparing

    /// Every parameter and variable of every user is the same, unless the notes name it.
    private static func compareDirectory(_ root: XMLNode, _ handler: XMLHandler, _ notes: [String]) async throws {
        for node in section("directory", of: root)?.children(named: "domain").map({ $0 }) ?? [] {
            let domain = DirectoryDomain(node)
            for user in domain.users {
                let fields = [("user", user.id), ("domain", domain.name)]
                let answer = try await handler.answer(
                    XMLQuestion(section: .directory, value: domain.name, fields: fields)
                )
                let found = answer.document?.first(at: "section", "domain").map { DirectoryDomain($0) }?.user(user.id)
                let answered = try #require(found, "\(user.id)")
                for (kind, wanted, got) in [
                    ("param", user.params, answered.params), ("variable", user.variables, answered.variables),
                ] {
                    for (name, value) in wanted.all where got[name] != value {
                        #expect(
                            notes.contains { $0.contains("\(kind) \(name) of users") },
                            "\(user.id) \(kind) \(name)"
                        )
                    }
                }
            }
        }
    }

    /// Every context has the same extensions in the same order.
    private static func compareDialplan(
        _ root: XMLNode,
        _ handler: XMLHandler,
        _ imported: ConfigurationImport
    ) async throws {
        for context in section("dialplan", of: root)?.children(named: "context").map({ $0 }) ?? [] {
            let fields = [("Hunt-Context", context[attribute: "name"] ?? "")]
            let answer = try await handler.answer(XMLQuestion(section: .dialplan, value: "", fields: fields))
            #expect(answer.faults.isEmpty)
            let got = answer.document?.first(at: "section", "context")?.children.map(\.description)
            let wanted = context.children(named: "extension").map {
                imported.menus.replaced(in: imported.gateways.replaced(in: $0.description))
            }
            #expect(got == wanted)
        }
    }

    private static func configuration(_ name: String, _ handler: XMLHandler) async throws -> XMLNode {
        let answer = try await handler.answer(XMLQuestion(section: .configuration, value: name, fields: []))
        return try #require(answer.document?.first(at: "section", "configuration"), "\(name)")
    }

    /// Every profile has the same settings, in their order where a name comes twice, unless the notes name them.
    private static func compareProfiles(_ root: XMLNode, _ handler: XMLHandler, _ notes: [String]) async throws {
        let files = section("configuration", of: root)?
            .firstChild(named: "configuration", where: "name", equals: "sofia.conf")?.first("profiles")
        let answered = try await configuration("sofia.conf", handler).first("profiles")
        for profile in files?.children(named: "profile").map({ $0 }) ?? [] {
            let name = profile[attribute: "name"] ?? ""
            let other = answered?.firstChild(named: "profile", where: "name", equals: name)
            let sides = [profile, other].map { side in
                Dictionary(grouping: side?.first("settings")?.children.filter { $0.name == "param" } ?? []) {
                    $0[attribute: "name"] ?? ""
                }.mapValues { $0.map { $0[attribute: "value"] ?? "" } }
            }
            #expect(sides[0].keys == sides[1].keys, "\(name)")
            for (setting, values) in sides[0] where sides[1][setting] != values {
                #expect(notes.contains { $0.contains("profile \(name): \(setting) ") }, "\(name) \(setting)")
            }
        }
    }

    private static func compare(_ root: XMLNode, in database: TestDatabase) async throws {
        let imported = ConfigurationImport(root)
        // Twice: the second takes the place of the first.
        for _ in 0..<2 { try await imported.write(to: database.pool) }
        let handler = handler(database)
        try await compareDirectory(root, handler, imported.notes.map(\.text))
        try await compareDialplan(root, handler, imported)
        try await compareProfiles(root, handler, imported.notes.map(\.text))
        for (table, rows) in imported.counts {
            #expect(try await database.rows(table, "COUNT(*)") == ["<\(rows)>"], "\(table)")
        }
    }

    // MARK: - Trees

    @Test(arguments: TestDatabase.kinds)
    func sampleTree(_ kind: SQLDialect) async throws {
        let directory = TemporaryDirectory()
        let root = try Self.sample(directory)
        try await TestDatabase.with(kind) { database in
            try await Self.compare(root, in: database)
            let handler = Self.handler(database)
            // Groups, lists, streams and gateways.
            let fields = [("action", "group_call"), ("domain", "one.example")]
            let groups = try await handler.answer(XMLQuestion(section: .directory, value: "", fields: fields))
            let sales = groups.document?.first(at: "section", "domain", "groups", "group", "users")
            #expect(sales?.children.compactMap { $0[attribute: "id"] } == ["1000", "1001"])
            let lists = try await Self.configuration("acl.conf", handler).description
            #expect(lists.contains("cidr=\"192.0.2.0/24\"") && lists.contains("domain=\"one.example\""))
            let streams = try await Self.configuration("local_stream.conf", handler).description
            #expect(streams.contains("name=\"moh/16000\"") && streams.contains("path=\"/music\""))
            let gateway = try await Self.configuration("sofia.conf", handler)
                .first(at: "profiles", "profile", "gateways", "gateway")
            let params = gateway?.children.filter { $0.name == "param" }.map {
                "\($0[attribute: "name"] ?? "")=\($0[attribute: "value"] ?? "")"
            }
            for param in ["password=p&$w", "register=true", "expire-seconds=600", "proxy=sip.example.com"] {
                #expect(params?.contains(param) == true, "\(param)")
            }
        }
        let notes = ConfigurationImport(root).notes.map(\.text)
        for text in [
            "1001@one.example has no password", "cid-type", "mailbox", "carrier is",
            "gateway is known in the call",
        ] {
            #expect(notes.contains { $0.contains(text) }, "\(text)")
        }
    }

    /// Our own configuration.
    @Test func ownTree() async throws {
        let conf = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/conf"
        let root = try Self.tree(conf)
        try await TestDatabase.with(.sqlite) { try await Self.compare(root, in: $0) }
    }

    /// The configuration that FreeSWITCH comes with.
    @Test(.enabled(if: SharedCorpus.folder("freeswitch-vanilla") != nil, "no corpus"))
    func vanillaTree() async throws {
        let root = try Self.tree(try #require(SharedCorpus.folder("freeswitch-vanilla")))
        try await TestDatabase.with(.sqlite) { try await Self.compare(root, in: $0) }
    }

    /// Rows that somebody else has made are not mixed with.
    @Test func refusesOthers() async throws {
        let directory = TemporaryDirectory()
        let root = try Self.sample(directory)
        try await TestDatabase.with(.sqlite) { database in
            _ = try await SchemaSetup(database.pool).run()
            try await database.change([
                "INSERT INTO v_dialplans (dialplan_uuid, dialplan_context) VALUES ('a', 'public')"
            ])
            let error = await #expect(throws: MigrationError.self) {
                try await ConfigurationImport(root).write(to: database.pool)
            }
            #expect(error?.description.contains("public") == true)
            #expect(try await database.rows("v_domains").isEmpty)
        }
    }
}

import Database
import TandemTesting
import Testing
import XMLConfig
import XMLHandler

@testable import Migration

/// `tandem migrate import-conf`: menus, queues, rooms and translations, as the handler answers for them afterwards.
struct FeaturesImportTests {
    static func sample(_ directory: TemporaryDirectory) throws -> XMLNode {
        directory.write(
            """
            <document type="freeswitch/xml">
              <section name="configuration">
                <configuration name="ivr.conf"><menus>
                  <menu name="main" greet-long="a.wav" greet-short="b.wav" timeout="5000" digit-len="4" pin="12"
                      confirm-attempts="x" own="1">
                    <entry action="menu-sub" digits="1" param="below"/>
                    <entry action="menu-exec-app" digits="/^(10\\d\\d)$/" param="transfer $1 XML default"/>
                    <entry action="menu-exec-app" digits="2" param="bridge ${secret}"/>
                    <entry action="menu-exec-app" digits="3" param="ivr main"/>
                    <entry action="menu-sub" digits="4" param="nowhere"/>
                  </menu>
                  <menu name="below" greet-long="phrase:c"><entry action="menu-back" digits="*"/></menu>
                </menus></configuration>
                <configuration name="callcenter.conf">
                  <queues><queue name="100@one.example">
                    <param name="strategy" value="longest-idle-agent"/><param name="max-wait-time" value="60"/>
                    <param name="tier-rules-apply" value="yes"/>
                    <param name="record-template" value="/r/${strftime(%Y)}/${uuid}.wav"/>
                    <param name="own" value="1"/>
                  </queue><queue name="200@other.example"/></queues>
                  <agents><agent name="1000@one.example" type="callback" contact="user/1000@one.example"
                    status="Available" max-no-answer="3" wrap-up-time="10"/></agents>
                  <tiers><tier agent="1000@one.example" queue="100@one.example" level="2" position="3"/>
                    <tier agent="9@one.example" queue="100@one.example"/></tiers>
                </configuration>
                <configuration name="conference.conf">
                  <advertise><room name="1@a"/></advertise>
                  <caller-controls><group name="keys">
                    <control action="mute" digits="0"/><control action="execute_application" digits="1" data="a &amp; b"/>
                  </group></caller-controls>
                  <profiles><profile name="wide"><param name="rate" value="16000"/>
                    <param name="caller-controls" value="keys"/></profile></profiles>
                </configuration>
                <configuration name="translate.conf"><profiles><profile name="US">
                  <rule regex="^\\+(\\d+)$" replace="$1"/><rule regex="^0(\\d+)$" replace="49$1"/>
                </profile></profiles></configuration>
              </section>
              <section name="dialplan"><context name="default"><extension name="menu"><condition>
                <action application="answer"/><action application="ivr" data="main"/></condition></extension></context>
              </section>
              <section name="directory"><domain name="one.example"><groups><group name="default"><users>
                <user id="1000"><params><param name="password" value="p"/></params></user>
              </users></group></groups></domain></section>
            </document>
            """,
            to: "freeswitch.xml"
        )
        return try FileConfigurationSource(path: directory.path + "/freeswitch.xml", options: PreprocessorOptions())
            .load(globals: GlobalVariables([("conf_dir", directory.path)])).root
    }

    /// A document, in which elements stand as `name a=b` with those in them.
    private static func lines(_ node: XMLNode?, _ names: Set<String>, _ attributes: [String]) -> [String] {
        guard let node else { return [] }
        let own =
            names.contains(node.name)
            ? [attributes.compactMap { name in node[attribute: name].map { "\(name)=\($0)" } }.joined(separator: " ")]
            : []
        return own + node.children.flatMap { lines($0, names, attributes) }
    }

    @Test(arguments: TestDatabase.kinds)
    func theHandlerAnswersWhatTheFilesSaid(_ kind: SQLDialect) async throws {
        let root = try Self.sample(TemporaryDirectory())
        let imported = ConfigurationImport(root)
        try await TestDatabase.with(kind) { database in
            for _ in 0..<2 { try await imported.write(to: database.pool) }
            let handler = XMLHandler(DatabaseTables(database.pool), options: HandlerOptions(hostName: "pbx") { "0" })
            func document(_ name: String, _ fields: [(String, String)] = []) async throws -> XMLNode? {
                let question = XMLQuestion(section: .configuration, value: name, fields: fields)
                return try await handler.answer(question).document?.first(at: "section", "configuration")
            }
            let (main, below) = (try #require(imported.menus.identifiers["main"]), imported.menus.identifiers["below"])
            let menus = try await document("ivr.conf", [("Menu-Name", main)])
            #expect(
                Self.lines(menus, ["menu"], ["name", "description", "greet-long", "greet-short", "timeout", "pin"])
                    == [
                        "name=\(main) description=main greet-long=a.wav greet-short=b.wav timeout=5000 pin=12",
                        "name=\(below ?? "") description=below greet-long=phrase:c greet-short=phrase:c timeout= pin=",
                    ]
            )
            #expect(
                Self.lines(menus, ["entry"], ["action", "digits", "param"]) == [
                    "action=menu-sub digits=1 param=\(below ?? "")",
                    "action=menu-exec-app digits=/^(10\\d\\d)$/ param=transfer $1 XML default",
                    "action=menu-exec-app digits=2 param=bridge {secret}",
                    "action=menu-exec-app digits=3 param=ivr \(main)", "action=menu-sub digits=4 param=nowhere",
                    "action=menu-back digits=* param=",
                ]
            )
            let plan = try await handler.answer(
                XMLQuestion(section: .dialplan, value: "", fields: [("Hunt-Context", "default")])
            )
            #expect(plan.document?.description.contains("application=\"ivr\" data=\"\(main)\"") == true)

            let queues = try await document("callcenter.conf")
            #expect(Self.lines(queues, ["queue"], ["name"]) == ["name=100@one.example"])
            let params = Self.lines(queues?.first("queues"), ["param"], ["name", "value"])
            for (name, value) in [
                ("strategy", "longest-idle-agent"), ("max-wait-time", "60"), ("tier-rules-apply", "true"),
                ("record-template", "/r/${strftime(%Y)}/${uuid}.wav"),
            ] { #expect(params.contains("name=\(name) value=\(value)"), "\(name)") }
            let agent = Self.lines(queues, ["agent"], ["name", "label", "contact", "max-no-answer", "wrap-up-time"])
            #expect(agent.count == 1 && agent.first?.contains("label=1000@one.example") == true)
            #expect(agent.first?.contains("}user/1000@one.example max-no-answer=3 wrap-up-time=10") == true)
            let name = try #require(queues?.first("agents")?.children.first?[attribute: "name"])
            #expect(
                Self.lines(queues, ["tier"], ["agent", "queue", "level", "position"])
                    == ["agent=\(name) queue=100@one.example level=2 position=3"]
            )

            let rooms = try await document("conference.conf")
            #expect(
                Self.lines(
                    rooms,
                    ["group", "profile", "control", "param"],
                    ["name", "digits", "action", "data", "value"]
                )
                    == [
                        "name=keys", "digits=0 action=mute data=", "digits=1 action=execute_application data=a & b",
                        "name=wide", "name=caller-controls value=keys", "name=rate value=16000",
                    ]
            )
            let numbers = try await document("translate.conf")
            #expect(
                Self.lines(numbers, ["profile", "rule"], ["name", "regex", "replace"])
                    == ["name=US", "regex=^\\+(\\d+)$ replace=$1", "regex=^0(\\d+)$ replace=49$1"]
            )
        }
    }

    /// What is not the same is told.
    @Test func notesSayWhatIsLost() throws {
        let notes = ConfigurationImport(try Self.sample(TemporaryDirectory())).notes.map(\.text)
        for text in [
            "menu main: confirm-attempts has no place", "menu main: own has no place", "menu main: an entry loses",
            "menu main: there is no menu nowhere", "queue 200@other.example is in no domain",
            "queue 100@one.example: own has no place", "the tier of 9@one.example", "conference.conf: <advertise>",
        ] {
            #expect(notes.contains { $0.contains(text) }, "\(text)")
        }
    }
}

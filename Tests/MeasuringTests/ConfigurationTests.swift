import Testing
import XMLConfig

@testable import Measuring

struct ConfigurationTests {
    private static func check(_ settings: String, _ centers: String = "") throws -> [Diagnostic] {
        let text = """
            <configuration name="network_conditions.conf"><settings>\(settings)</settings>
            <data-centers>\(centers)</data-centers></configuration>
            """
        let node = try XMLDocument.parseAnswer(Array(text.utf8), named: "test", globals: GlobalVariables())
        return MeasuringCheck.diagnostics(for: node)
    }

    /// What is wrong, by a word that the sentence has; nothing for what is right.
    @Test(
        arguments: [
            (#"<param name="data-center" value="dc1"/><param name="dsn" value="sqlite://x.db"/>"#, nil),
            (#"<param name="memcache-servers" value=""/>"#, nil),
            (#"<param name="data-center" value="dc 1"/>"#, "data-center"),
            (#"<param name="node" value="a/b"/>"#, "node"),
            (#"<param name="dsn" value="balancer://a b"/>"#, "dsn"),
            (#"<param name="memcache-servers" value="host:0"/>"#, "memcache-servers"),
            (#"<param name="interval" value="0"/>"#, "interval"),
            (#"<param name="ipv4-prefix" value="33"/>"#, "ipv4-prefix"),
            (#"<param name="ipv4-prefix" value="22"/>"#, "ipv4-prefix"),
            (#"<param name="ipv6-prefix" value="128"/>"#, "ipv6-prefix"),
            (#"<param name="retension-hours" value="3"/>"#, "retention-hours"),
        ] as [(String, String?)]
    )
    func findsWhatIsWrong(settings: String, word: String?) throws {
        let found = try Self.check(settings)
        #expect(found.isEmpty == (word == nil))
        if let word { #expect(found.contains { $0.message.contains(word) }) }
    }

    @Test(arguments: [
        (#"<data-center name="dc2"><param name="probe" value="http://192.0.2.1:9282/readyz"/></data-center>"#, true),
        (#"<data-center name="dc2"><param name="probe" value="https://192.0.2.1/readyz"/></data-center>"#, false),
        (#"<data-center name="dc2"/>"#, false),
        (#"<data-center><param name="probe" value="http://192.0.2.1/"/></data-center>"#, false),
        (#"<data-center name="dc2"><param name="prob" value="http://192.0.2.1/"/></data-center>"#, false),
    ])
    func readsDataCenters(text: String, isRight: Bool) throws {
        #expect(try Self.check("", text).isEmpty == isRight)
    }
}

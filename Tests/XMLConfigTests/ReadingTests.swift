import Base
import Testing
import XMLConfig

@Suite struct ReadingTests {
    @Test(
        arguments: [
            ("lisen-port", "listen-port"), ("Listen-Prot", "listen-port"), ("pasword", "password"), ("color", nil),
            ("", nil), ("debgu", "debug"),
        ] as [(String, String?)]
    ) func suggestions(_ example: (text: String, name: String?)) {
        let known = ["listen-ip", "listen-port", "password", "debug"]
        #expect(SpellingSuggestion.nearest(to: example.text, among: known) == example.name)
    }

    /// The house pattern for a module's configuration.
    struct Settings: Equatable {
        var address: IPAddress
        var port: Int
        var isDebugging: Bool
        var lists: [String]
        var mode: Int

        init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
            var reader = ConfigurationReader(settingsOf: xml)
            address = reader.address("listen-ip", default: .loopbackV4)
            port = reader.integer("listen-port", in: 1...65_535, default: 8021)
            isDebugging = reader.boolean("debug", default: false)
            lists = reader.all("apply-inbound-acl").map(\.value)
            mode = reader.choice("mode", of: ["fast": 1, "slow": 2], default: 2)
            reader.ignore("nat-map", because: "there is no NAT")
            diagnostics += try reader.finish()
        }
    }

    @Test func settingsAreRead() throws {
        var diagnostics: [Diagnostic] = []
        let settings = try Settings(
            xml: parsed(
                """
                <configuration name="x.conf"><settings>
                <param name="listen-ip" value="::1"/>
                <param name="LISTEN-PORT" value="1"/>
                <param name="listen-port" value="5060"/>
                <param name="debug" value="yes"/>
                <param name="apply-inbound-acl" value="a"/>
                <param name="apply-inbound-acl" value="b"/>
                <param name="mode" value="FAST"/>
                <param name="nat-map" value="x"/>
                <param name="pasword" value="x"/>
                <param name="debgu" value="x"/>
                </settings></configuration>
                """
            ),
            diagnostics: &diagnostics
        )
        #expect(settings.port == 5060 && settings.isDebugging && settings.mode == 1 && settings.lists == ["a", "b"])
        #expect(
            diagnostics.map(\.description) == [
                "test.xml:9: warning: nat-map has no effect: there is no NAT",
                "test.xml:10: warning: unknown parameter \"pasword\"",
                "test.xml:11: warning: unknown parameter \"debgu\", did you mean \"debug\"?",
            ]
        )
    }

    @Test func everyWrongValueIsReported() throws {
        let xml = try parsed(
            """
            <configuration><settings>
            <param name="listen-ip" value="here"/>
            <param name="listen-port" value="70000"/>
            <param name="mode" value="x"/>
            </settings></configuration>
            """
        )
        var diagnostics: [Diagnostic] = []
        #expect {
            _ = try Settings(xml: xml, diagnostics: &diagnostics)
        } throws: { error in
            (error as? ConfigurationError)?.description == """
                test.xml:2: error: listen-ip is "here", expected an IP address
                test.xml:3: error: listen-port is "70000", expected a whole number from 1 to 65535
                test.xml:4: error: mode is "x", expected one of "fast", "slow"
                """
        }
    }
}

import Base
import Testing
import XMLConfig

@Suite struct ReadingTests {
    @Test(arguments: [
        ("yes", true), ("ON", true), ("True", true), ("t", true), ("enabled", true), ("active", true), ("allow", true),
        ("1", true), ("-2", true), ("0.5", true), ("no", false), ("", false), ("0", false), ("00", false),
        ("0.0", false),
        ("y", false), ("1x", false), ("-", false), ("false", false), ("truely", false),
    ]) func booleans(_ example: (text: String, value: Bool)) {
        #expect(example.text.isConfigurationTrue == example.value)
    }

    @Test(
        arguments: [
            ("", ",", []), ("a", ",", ["a"]), ("a, b ,c", ",", ["a", "b", "c"]), ("a,,b,", ",", ["a", "", "b", ""]),
            ("'a,b',c", ",", ["a,b", "c"]), ("' a ', b", ",", [" a ", "b"]), ("a\\,b,c", ",", ["a,b", "c"]),
            ("a\\'b,c", ",", ["a'b", "c"]), ("a\\sb\\n\\t,c\\s", ",", ["a b\n\t", "c "]),
            ("don't,x", ",", ["don't", "x"]),
            ("^^:a,b:c", ",", ["a,b", "c"]), ("a  b   c ", " ", ["a", "b", "c"]), ("'a b' c", " ", ["a b", "c"]),
            ("a\\qb", ",", ["a\\qb"]), ("a\\", ",", ["a\\"]), ("^^", ",", ["^^"]), ("''", ",", [""]),
        ] as [(String, Character, [String])]
    ) func lists(_ example: (text: String, on: Character, items: [String])) {
        #expect(ListSplitter.split(example.text, on: example.on) == example.items)
    }

    @Test func listsWithALimit() {
        #expect(ListSplitter.split("a,b,c,d", limit: 2) == ["a", "b,c,d"])
        #expect(ListSplitter.split("a b c", on: " ", limit: 2) == ["a", "b c"])
    }

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

import Base
import FoundationEssentials
import SIP
import SwitchCore
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import Sofia

/// What commands and configurations say of gateways.
struct GatewayCommandTests {
    @Test func answersCommands() throws {
        let carrier = try GatewayExchange(
            others: GatewayExchange.gateway("plain", ["register": "false"]),
            variables: "<variable name=\"a\" value=\"b\" direction=\"inbound\"/><variable name=\"c\" value=\"d\"/>"
        )
        try carrier.accept()
        for (line, answer) in [
            ("sofia profile internal gwlist", "carrier plain"), ("sofia profile internal gwlist up", "carrier plain"),
            ("sofia profile internal gwlist down", ""), ("sofia status gateway nobody", "Invalid Gateway!\n"),
            ("sofia xmlstatus gateway nobody", "Invalid Gateway!\n"), ("sofia status nonsense", "Invalid Syntax!\n"),
            ("sofia_gateway_data carrier ivar a", "b"), ("sofia_gateway_data carrier ovar c", "d"),
            ("sofia_gateway_data carrier ovar a", ""), ("sofia_gateway_data internal::carrier var a", "b"),
            ("sofia profile internal register", "No gateway name provided!\n"),
            ("sofia profile internal register nobody", "Invalid gateway!\n"),
            ("sofia profile internal unregister carrier", "+OK\n"), ("sofia profile internal gwlist down", "carrier"),
            ("sofia profile internal unregister all", "+OK\n"), ("sofia profile internal register all", "+OK\n"),
            ("sofia profile internal killgw", "-ERR missing gw name\n"),
            ("sofia profile internal killgw nobody", "-ERR no such gateway.\n"),
            ("sofia profile internal killgw internal::plain", "+OK gateway marked for deletion.\n"),
            ("sofia profile internal killgw _all_", "+OK every gateway marked for deletion.\n"),
            ("sofia profile internal gwlist", ""), ("sofia profile internal dance", "-ERR Unknown command!\n"),
            ("sofia profile nobody rescan", "Invalid Profile [nobody]"),
            ("sofia profile internal rescan", "Reload XML [Success]\n+OK scan complete\n"),
            ("sofia profile internal gwlist down", "carrier"), ("sofia profile internal gwlist up", "plain"),
        ] {
            #expect(carrier.exchange.command(line) == answer, "\(line)")
        }
        #expect(carrier.exchange.command("sofia_gateway_data nobody var a").hasPrefix("-ERR "))
        #expect(carrier.exchange.command("sofia_gateway_data").hasPrefix("-ERR "))
    }

    @Test func listsThem() throws {
        let carrier = try GatewayExchange(
            others: GatewayExchange.gateway("plain", ["register": "false", "proxy": "a.example:5070"])
        )
        try carrier.accept()
        let rule = String(repeating: "=", count: 97)
        let lines = carrier.exchange.command("sofia status gateway").split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "    Profile::Gateway-Name\t                        Data    \tState\tPing Time\tIB Calls(F/T)\tOB Calls(F/T)",
                rule,
                "        internal::carrier\t               sip:acc@10.0.0.99\tREGED\t  0.00\t0/0\t0/0",
                "          internal::plain\t          sip:acc@a.example:5070\tNOREG\t  0.00\t0/0\t0/0",
                rule, "2 gateways: Inbound(Failed/Total): 0/0,Outbound(Failed/Total):0/0",
            ]
        )
        let overview = carrier.exchange.command("sofia status").split(separator: "\n").map(String.init)
        #expect(
            overview[3] == "        internal::carrier\tgateway\t                         sip:acc@10.0.0.99\tREGED"
        )
        #expect(overview.last == "1 profile 0 aliases")
        let xml = carrier.exchange.command("sofia xmlstatus gateway carrier")
        let tags = xml.split(separator: "\n").dropFirst(2).dropLast()
            .compactMap { $0.split(separator: "<").dropFirst().first?.prefix { $0 != ">" } }.joined(separator: " ")
        #expect(
            tags == """
                name profile scheme realm username password from contact exten to proxy context expires freq ping \
                pingfreq pingmin pingcount pingmax pingtime pinging state status uptime-usec calls-in calls-out \
                failed-calls-in failed-calls-out
                """
        )
        #expect(xml.contains("<from>&lt;sip:acc@10.0.0.99&gt;</from>") && xml.contains("<password>yes</password>"))
        #expect(carrier.exchange.command("sofia xmlstatus gateway").hasSuffix("  </gateway>\n</gateways>\n"))
        #expect(
            carrier.exchange.command("sofia xmlstatus").contains(
                "<gateway>\n<name>carrier</name>\n<type>gateway</type>\n<data>sip:acc@10.0.0.99</data>\n"
                    + "<state>REGED</state>\n</gateway>\n"
            )
        )
        // Nobody reads the password.
        for line in ["sofia status gateway carrier", "sofia xmlstatus", "sofia status", "sofia xmlstatus gateway"] {
            #expect(!carrier.exchange.command(line).contains("Gk4vTz"))
        }
    }

    /// A rescan takes new and changed gateways, and leaves the others alone.
    @Test func rescans() throws {
        let carrier = try GatewayExchange()
        try carrier.accept()
        _ = carrier.told()
        let provider = ConfigurationProvider()
        _ = carrier.exchange.softswitch.xml.bind(provider, named: "test", to: [.configuration])
        func rescan(_ gateways: String) -> [String] {
            provider.document.withLock { $0 = Self.document(gateways) }
            #expect(carrier.exchange.command("sofia profile internal rescan").hasSuffix("+OK scan complete\n"))
            carrier.wait(1)
            return carrier.told()
        }
        let unchanged = GatewayExchange.gateway("carrier", [:])
        #expect(rescan(unchanged).isEmpty && carrier.count(.register) == 1)
        #expect(rescan(unchanged + GatewayExchange.gateway("new", ["register": "false"])) == ["add new"])
        // What is gone stays, as calls may need it.
        #expect(rescan("").isEmpty && carrier.exchange.command("sofia profile internal gwlist") == "carrier new")
        #expect(
            rescan(GatewayExchange.gateway("carrier", ["password": "other"])) == [
                "state carrier UNREGISTER DOWN", "state carrier DOWN DOWN", "delete carrier", "add carrier",
                "state carrier TRYING DOWN",
            ]
        )
        let registers = carrier.peer.heard.filter { $0.isRequest && $0.method == .register }.map { $0.expires }
        #expect(registers.prefix(3) == [3600, 0, 3600])
        provider.document.withLock { $0 = nil }
        #expect(provider.questions.withLock { $0.last } == "internal true")
    }

    private static func document(_ gateways: String) -> String {
        """
        <document type="freeswitch/xml"><section name="configuration"><configuration name="sofia.conf"><profiles>
        <profile name="internal"><gateways>\(gateways)</gateways><settings/></profile></profiles></configuration>
        </section></document>
        """
    }

    /// Gateways of the directory: of a domain and of its users, where the profile says so.
    @Test(arguments: [
        ("<domain name=\"10.0.0.1\" parse=\"true\"/>", "carrier home ours", "0 aliases"),
        ("<domain name=\"all\" parse=\"true\" alias=\"true\"/>", "carrier home ours", "2 aliases"),
        ("<domain name=\"all\" parse=\"false\" alias=\"false\"/>", "carrier", "0 aliases"),
        ("<domain name=\"nowhere\" parse=\"true\"/>", "carrier", "0 aliases"),
        ("<domain name=\"10.0.0.1\" alias=\"true\"/>", "carrier", "1 alias"),
    ])
    func findsThemInTheDirectory(domains: String, names: String, aliases: String) throws {
        let carrier = try GatewayExchange(
            others: "</gateways><domains>\(domains)</domains><gateways>",
            domainParts: """
                <gateways>\(GatewayExchange.gateway("ours", ["register": "false"]))</gateways>
                <users><user id="9"><gateways>\(GatewayExchange.gateway("home", [:]))</gateways></user></users>
                """
        )
        #expect(
            carrier.exchange.command("sofia profile internal gwlist up")
                .split(separator: " ").count
                + carrier.exchange.command("sofia profile internal gwlist down")
                .split(separator: " ").count == names.split(separator: " ").count
        )
        #expect(carrier.exchange.command("sofia status").hasSuffix("1 profile \(aliases)\n"))
    }

    // MARK: - Configuration

    @Test(
        arguments: [
            ("", nil),
            (
                "<param name=\"username\" value=\"\"/>",
                "the gateway \"g\" registers: it needs a username and a password"
            ),
            ("<param name=\"usrname\" value=\"x\"/>", "unknown parameter \"usrname\", did you mean \"username\"?"),
            (
                "<param name=\"retry-seconds\" value=\"2\"/>",
                "retry-seconds is \"2\", expected 5 to 604800 seconds: 30 is used"
            ),
            (
                "<param name=\"expire-seconds\" value=\"x\"/>",
                "expire-seconds is \"x\", expected 5 to 604800 seconds: 3600 is used"
            ),
            ("<param name=\"ping\" value=\"1\"/>", "ping is \"1\", expected 5 to 604800 seconds: 0 is used"),
            (
                "<param name=\"register-transport\" value=\"ws\"/>",
                "register-transport is \"ws\", expected udp, tcp or tls"
            ),
            (
                "<param name=\"max-channels\" value=\"0\"/>",
                "max-channels is \"0\", expected a whole number from 1 to 100000"
            ),
            ("<param name=\"from-domain\" value=\"auto-aleg-full\"/>", nil),
            (
                "<subscriptions><subscription event=\"a b\"/></subscriptions>",
                "a subscription needs an event: it is left out"
            ),
            ("<param name=\"cid-type\" value=\"x\"/>", "cid-type is \"x\", expected rpid, pid or none"),
            ("<param name=\"proxy\" value=\"a b\"/>", "proxy is \"a b\", expected a host or a SIP URI"),
            ("<param name=\"register-transport\" value=\"tls\"/>", noTLS),
            ("<param name=\"proxy\" value=\"sips:h\"/>", noTLS),
            ("<param name=\"register-proxy\" value=\"SIPS:h:5061\"/>", noTLS),
            ("<param name=\"outbound-proxy\" value=\"sip:h;transport=TLS\"/>", noTLS),
            (
                "<param name=\"outbound-proxy\" value=\"sip:h;transport=wss\"/>",
                "outbound-proxy is \"sip:h;transport=wss\", expected a host or a SIP URI"
            ),
            ("<param name=\"outbound-proxy\" value=\"sip:h;transport=tcp\"/>", nil),
            // That one is no place to send anything to.
            ("<param name=\"from-domain\" value=\"sips:h\"/>", nil),
            ("<param name=\"supress-cng\" value=\"true\"/>", "supress-cng has no effect in this version"),
        ] as [(String, String?)]
    )
    private func saysWhatIsWrong(parameter: String, message: String?) throws {
        let text = """
            <profile name="p"><settings/><gateways><gateway name="g"><param name="username" value="u"/>
            <param name="password" value="p"/><param name="proxy" value="h"/>\(parameter)</gateway></gateways></profile>
            """
        let found = try Self.findings(text)
        #expect(found == [message].compactMap { $0 })
    }

    private static let noTLS = """
        the gateway "g" is reached over TLS, which its profile does not have (tls): it is not used, and nothing goes in the \
        clear instead
        """

    /// Without a proxy the realm is where the requests go.
    @Test(arguments: [("sips:h", 1), ("h", 0)])
    func takesASecureRealmForAProxyWhereThereIsTLS(realm: String, errors: Int) throws {
        let gateway = """
            <gateways><gateway name="g"><param name="username" value="u"/>
            <param name="password" value="p"/><param name="realm" value="\(realm)"/></gateway></gateways>
            """
        let found = try Self.findings("<profile name=\"p\"><settings/>\(gateway)</profile>")
        #expect(found == (errors == 0 ? [] : [Self.noTLS]))
        let secured = "<settings><param name=\"tls\" value=\"true\"/></settings>"
        #expect(try Self.findings("<profile name=\"p\">\(secured)\(gateway)</profile>") == [])
    }

    /// FreeSWITCH's parameters, and those of ours.
    private static let parameters = """
        username password auth-username realm from-user from-domain proxy register-proxy outbound-proxy register \
        register-transport expire-seconds retry-seconds retry_seconds 908-retry-seconds timeout-seconds scheme extension \
        extension-in-contact caller-id-in-from contact-params contact-host contact-in-ping context distinct-to \
        destination-prefix ping ping-min ping-max ping-user-agent ping-monitoring rfc-5626 reg-id gw-auth-acl cid-type \
        use-standard-contact max-retry-seconds codec-prefs max-channels
        """.split(separator: " ")

    /// Each is known as it is written, and found again when a letter is missing.
    @Test(arguments: parameters)
    private func knowsTheParameter(name: Substring) throws {
        func findings(_ name: Substring) throws -> String {
            try Self.findings(
                """
                <profile name="p"><settings/><gateways><gateway name="g"><param name="register" value="false"/>
                <param name="\(name)" value=""/></gateway></gateways></profile>
                """
            ).joined()
        }
        #expect(try !findings(name).contains("unknown parameter"))
        guard name.utf8.count > 5 else { return }
        let wrong = name.prefix(3) + name.dropFirst(4)
        #expect(try findings(wrong).contains("unknown parameter \"\(wrong)\", did you mean \""))
    }

    @Test(arguments: ["a b", "", "a/b", "ä", String(repeating: "a", count: 200)])
    func refusesNames(name: String) throws {
        let text = "<profile name=\"p\"><settings/><gateways><gateway name=\"\(name)\"/></gateways></profile>"
        #expect(try Self.findings(text).count == 1)
    }

    /// What FusionPBX's own handler has answered, with its names, letters for truth and a bare `&`.
    @Test(.enabled(if: golden != nil))
    func readsFusionPBX() throws {
        let folder = try #require(Self.golden)
        let path = "\(folder)/answers/00-startup.3-configuration-sofia.conf.xml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let root = try XMLDocument.parse(Array(text.utf8), named: "sofia.conf.xml")
        let section = root.first("section") ?? root
        let profiles = section.first("configuration")?.first("profiles")?.children(named: "profile").map { $0 } ?? []
        var diagnostics: [Diagnostic] = []
        let gateways = profiles.flatMap { profile in
            (profile.first("gateways")?.children(named: "gateway").map { $0 } ?? []).compactMap {
                try? GatewayConfiguration(xml: $0, diagnostics: &diagnostics)
            }
        }
        let first = try #require(gateways.first { $0.registers })
        #expect(first.username == "user&a" && first.password == "pa<s>\"s'w0rd" && first.isCallerInFrom)
        #expect(first.callerIDType == nil && first.outboundVariables.first?.value == "rpid")
        #expect(diagnostics.allSatisfy { $0.severity == .note })
    }

    private static let golden = SharedCorpus.folder("fusionpbx/golden")

    private static func findings(_ profile: String) throws -> [String] {
        let text = """
            <configuration name="sofia.conf"><profiles>\(profile)</profiles></configuration>
            """
        let node = try XMLDocument.parse(Array(text.utf8), named: "test")
        return SofiaCheck.diagnostics(for: node).map(\.message)
    }
}

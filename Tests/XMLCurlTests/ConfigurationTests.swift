import HTTPTransport
import Testing
import XMLConfig

@testable import XMLCurl

struct ConfigurationTests {
    private static func read(_ bindings: String) throws -> (XMLCurlConfiguration?, [String]) {
        let text = "<configuration name=\"xml_curl.conf\"><bindings>\(bindings)</bindings></configuration>"
        let node = try XMLDocument.parse(Array(text.utf8), named: "test")
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            let configuration = try XMLCurlConfiguration(xml: node, diagnostics: &diagnostics)
            return (configuration, diagnostics.map(\.message))
        } catch {
            return (nil, error.diagnostics.map(\.message))
        }
    }

    private static func binding(_ parameters: [(String, String)], name: String = "a", sections: String = "") -> String {
        let lines = parameters.map { name, value in
            "<param name=\"\(name)\" value=\"\(value)\"\(name == "gateway-url" ? " bindings=\"\(sections)\"" : "")/>"
        }
        return "<binding name=\"\(name)\">\(lines.joined())</binding>"
    }

    @Test func readsEveryParameter() throws {
        let (configuration, messages) = try Self.read(
            Self.binding(
                [
                    ("gateway-url", "https://a.example/x?key=1"), ("gateway-credentials", "me:pass:word"),
                    ("auth-scheme", "=digest"), ("method", "get"), ("timeout", "7"), ("connect-timeout", "2"),
                    ("disable-100-continue", "false"), ("enable-post-var", "Unique-ID"),
                    ("enable-post-var", "Hunt-Context"), ("response-max-bytes", "2048"), ("bind-local", "127.0.0.1"),
                    ("cookie-file", "/tmp/cookies"), ("ssl-cacert-file", "/ca.pem"), ("ssl-cert-path", "/own.pem"),
                    ("ssl-key-path", "/own.key"), ("ssl-key-password", "secret"), ("ssl-version", "TLSv1.3"),
                    ("expand-globals", "true"), ("max-requests", "3"), ("queue-length", "4"), ("keep-alive", "2"),
                    ("breaker-failures", "6"), ("breaker-seconds", "9"),
                ],
                sections: "dialplan|directory"
            )
        )
        #expect(messages == [])
        var expected = Gateway(
            name: "a",
            url: .fixed(try HTTPURL("https://a.example/x?key=1")),
            sections: [.dialplan, .directory]
        )
        expected.credentials = GatewayCredentials("me:pass:word")
        expected.credentials?.schemes = [.digest]
        (expected.method, expected.timeout, expected.connectTimeout) = (.get, 7, 2)
        (expected.expectsContinue, expected.fields, expected.answerBytes) = (true, ["Unique-ID", "Hunt-Context"], 2048)
        (expected.localAddress, expected.cookieFile, expected.expandsGlobals) = ("127.0.0.1", "/tmp/cookies", true)
        expected.tls.authorities = "/ca.pem"
        expected.tls.identity = .init(certificate: "/own.pem", key: "/own.key", password: "secret")
        expected.tls.oldestVersion = .tls13
        (expected.requests, expected.queueLength, expected.idleConnections) = (3, 4, 2)
        (expected.breakerFailures, expected.breakerSeconds) = (6, 9)
        #expect(configuration?.gateways == [expected])
        #expect(expected.credentials?.password == "pass:word")
    }

    /// Certificates are checked unless somebody says otherwise, which is told.
    @Test(
        arguments: [
            ([], ClientTLSSettings.Verification.host, 0),
            ([("enable-ssl-verifyhost", "false")], .authority, 1),
            ([("enable-cacert-check", "false")], .none, 1),
            ([("enable-cacert-check", "true"), ("enable-ssl-verifyhost", "true")], .host, 0),
        ] as [([(String, String)], ClientTLSSettings.Verification, Int)]
    ) func checksCertificates(
        parameters: [(String, String)],
        expected: ClientTLSSettings.Verification,
        warnings: Int
    ) throws {
        let (configuration, messages) = try Self.read(
            Self.binding([("gateway-url", "https://a/")] + parameters)
        )
        #expect(configuration?.gateways.first?.tls.verification == expected)
        #expect(messages.count { $0.contains("web server") } == warnings)
    }

    @Test(
        arguments: [
            ("", Set(XMLSection.allCases)), ("dialplan", [.dialplan]),
            ("config|languages", [.configuration, .languages]),
            ("DIRECTORY|chatplan", [.directory, .chatplan]),
        ] as [(String, Set<XMLSection>)]
    ) func readsSections(text: String, expected: Set<XMLSection>) throws {
        let (configuration, _) = try Self.read(Self.binding([("gateway-url", "http://a/")], sections: text))
        #expect(configuration?.gateways.first?.sections == expected)
    }

    @Test(
        arguments: [
            ([("gateway-url", "ftp://a/")], "expected http"),
            ([("gateway-url", "http://me:secret@a/")], "expected http"),
            ([("gateway-url", "http://a/${section}")], "use-dynamic-url"),
            ([("gateway-url", "http://a:${section}x/"), ("use-dynamic-url", "true")], "expected http"),
            ([("gateway-url", "http://a/"), ("method", "PUT")], "\"GET\", \"POST\""),
            ([("gateway-url", "http://a/"), ("auth-scheme", "NTLM")], "basic, digest or any"),
            ([("gateway-url", "http://a/"), ("timeout", "-1")], "timeout"),
            ([("gateway-url", "http://a/"), ("ssl-version", "SSLv3")], "ssl-version"),
            ([("gateway-url", "http://a/"), ("ssl-cert-path", "/a")], "go together"),
            ([("gateway-url", "http://a/"), ("response-max-bytes", "99999999")], "response-max-bytes"),
        ] as [([(String, String)], String)]
    ) func refuses(parameters: [(String, String)], wrong: String) throws {
        let (configuration, messages) = try Self.read(Self.binding(parameters))
        #expect(configuration == nil)
        #expect(messages.contains { $0.contains(wrong) })
        #expect(!messages.contains { $0.contains("secret") })
    }

    @Test func refusesSectionsThatThereAreNot() throws {
        let (configuration, messages) = try Self.read(
            Self.binding([("gateway-url", "http://a/")], sections: "phrases")
        )
        #expect(configuration == nil)
        #expect(messages.first?.contains("languages") == true)
    }

    @Test func leavesOutWhatHasNoURL() throws {
        let (none, messages) = try Self.read(Self.binding([("timeout", "5")], name: "example"))
        #expect(none?.gateways == [])
        #expect(messages.contains { $0.contains("\"example\" has no gateway-url") })
        let (two, _) = try Self.read(
            Self.binding([("gateway-url", "http://a/")]) + Self.binding([("gateway-url", "file:/b.xml")])
        )
        // Two of the same name can be told apart.
        #expect(two?.gateways.map(\.name) == ["a", "a-2"])
        #expect(two?.gateways.last?.url == .file("/b.xml"))
    }

    @Test func zeroIsNotForEver() throws {
        let (configuration, messages) = try Self.read(
            Self.binding([("gateway-url", "http://a/"), ("timeout", "0"), ("connect-timeout", "60")])
        )
        #expect(configuration?.gateways.first?.timeout == 60)
        #expect(messages.first?.contains("60 seconds") == true)
    }

    @Test func checkSaysWhatIsUnknown() throws {
        let text =
            "<configuration><bindings><binding name=\"a\"><param name=\"gateway-url\" value=\"http://a/\"/>"
            + "<param name=\"time-out\" value=\"1\"/></binding></bindings></configuration>"
        let node = try XMLDocument.parse(Array(text.utf8), named: "test")
        #expect(
            XMLCurlCheck.diagnostics(for: node).map(\.message) == [
                "unknown parameter \"time-out\", did you mean \"timeout\"?"
            ]
        )
    }

    @Test(
        arguments: [
            ("http://${hostname}/x/${section}?k=${key_value}", "http://pbx1/x/directory?k=a%2F..%3Fb%26c"),
            ("http://a/${SECTION}/${nothing}", "http://a/directory/"), ("http://a/${section", "http://a/${section"),
        ]
    ) func putsFieldsIntoURLs(text: String, expected: String) throws {
        let fields = ["hostname": "pbx1", "section": "directory", "key_value": "a/..?b&c"]
        let url = try URLTemplate(text).url { fields[$0.lowercased()] }
        #expect(url == (try HTTPURL(expected)))
    }
}

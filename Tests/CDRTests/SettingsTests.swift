import HTTPTransport
import SwitchCore
import Testing
import XMLConfig

@testable import CDR

/// What the configurations mean, and what is said about those that are wrong.
struct SettingsTests {
    private static func node(_ parameters: String) throws -> XMLNode {
        let text = "<configuration name=\"x\"><settings>\(parameters)</settings></configuration>"
        return try XMLDocument.parse(Array(text.utf8), named: "test")
    }

    private static func read(_ parameters: String, _ format: DocumentFormat = .xml) throws -> DocumentSettings {
        var diagnostics: [Diagnostic] = []
        return try DocumentSettings(format, xml: node(parameters), logDirectory: "/log", diagnostics: &diagnostics)
    }

    @Test(arguments: [
        ("", nil, "/log/xml_cdr"), (#"<param name="log-dir" value=""/>"#, "/log/xml_cdr", "/log/xml_cdr"),
        (#"<param name="log-dir" value="a/b"/>"#, "/log/a/b", "/log/a/b"),
        (#"<param name="log-dir" value="/a"/>"#, "/a", "/a"),
        (#"<param name="log-dir" value="/a"/><param name="err-log-dir" value=""/>"#, "/a", "/log/xml_cdr"),
        (#"<param name="err-log-dir" value="/b"/>"#, nil, "/b"),
    ])
    func findsDirectories(parameters: String, directory: String?, errors: String) throws {
        let settings = try Self.read(parameters)
        #expect(settings.directory == directory)
        #expect(settings.errorDirectory == errors)
        #expect(settings.spool == errors + "/unsent")
    }

    @Test(arguments: [
        (DocumentFormat.xml, "", PostEncoding.form), (.xml, "true", .form), (.xml, "base64", .base64),
        (.xml, "textxml", .plain), (.xml, "false", .unencodedForm), (.json, "true", .form), (.json, "false", .plain),
        (.json, "base64", .base64),
    ])
    func readsTheEncoding(format: DocumentFormat, value: String, encoding: PostEncoding) throws {
        let parameter = value.isEmpty ? "" : #"<param name="encode" value="\#(value)"/>"#
        #expect(try Self.read(parameter, format).encoding == encoding)
    }

    @Test(arguments: [
        (#"<param name="ssl-version" value="SSLv3"/>"#, "ssl-version is \"SSLv3\""),
        (#"<param name="ssl-cert-path" value="/a.pem"/>"#, "ssl-cert-path and ssl-key-path go together"),
        (#"<param name="ssl-key-path" value="/a.pem"/>"#, "ssl-cert-path and ssl-key-path go together"),
        (#"<param name="retries" value="many"/>"#, "retries is \"many\""),
        (#"<param name="auth-scheme" value="digest"/>"#, "auth-scheme is \"digest\""),
        (String(repeating: #"<param name="url" value="http://a/"/>"#, count: 21), "more than 20 urls"),
    ])
    func refuses(parameters: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try Self.read(parameters) }
        #expect(error.description.contains(message))
    }

    /// Whatever somebody chose as a channel's UUID, its record's name is one of a visible file in its directory.
    @Test(arguments: [
        ("8d3f-1A", "8d3f-1A"), ("../x", "___x"), (".hidden", "_hidden"), ("a/b\u{0}c d", "a_b_c_d"), ("ä", "_"),
        (String(repeating: "x", count: 500), String(repeating: "x", count: 200)),
    ])
    func namesRecords(id: String, name: String) throws {
        let record = CallRecord(
            id: id,
            coreUUID: "",
            switchName: "",
            direction: .inbound,
            state: .reporting,
            variables: Variables(),
            history: CallHistory(),
            profiles: []
        )
        #expect(try Self.read("").name(of: record) == name)
        #expect(try Self.read(#"<param name="prefix-a-leg" value="true"/>"#).name(of: record) == "a_" + name)
    }

    /// As curl has it: name and password may be in the URL; `cred` is before them.
    @Test(
        arguments: [
            ("http://me:se%40cret@a/x@y", "", "http://a/x@y", "me:se@cret"), ("http://me@a", "x:y", "http://a/", "x:y"),
            ("http://a/?b=c@d", "", "http://a/?b=c@d", nil),
        ] as [(String, String, String, String?)]
    )
    func takesThePasswordOfAURL(url: String, cred: String, rest: String, credentials: String?) throws {
        let settings = try Self.read(
            #"<param name="url" value="\#(url)"/><param name="cred" value="\#(cred)"/>"#
        )
        #expect(settings.addresses == [CollectorAddress(url: try HTTPURL(rest), credentials: credentials)])
        #expect(settings.directory == nil)
    }

    /// Each collector gets its own name and password, and one that has none gets none.
    @Test func passwordsGoWhereTheyAreWrittenFor() throws {
        let urls = ["http://a:b@one/", "http://two/", "http://c:d@three/"]
        let settings = try Self.read(urls.map { #"<param name="url" value="\#($0)"/>"# }.joined())
        #expect(settings.addresses.map(\.url.hostHeader) == ["one", "two", "three"])
        #expect(settings.addresses.map(\.credentials) == ["a:b", nil, "c:d"])
    }

    /// A URL that cannot be read is told, without the password in it, and left out; records stay in files when there is no
    /// other.
    @Test(arguments: [true, false]) func leavesOutWhatIsNoURL(hasAnother: Bool) throws {
        let other = hasAnother ? #"<param name="url" value="http://b/"/>"# : ""
        let parameters = #"<param name="url" value="http://me:secret@a b/"/>"# + other
        let messages = try Self.messages(parameters)
        #expect(messages.count == 1 && messages[0].contains("url: ") && !messages[0].contains("secret"))
        let settings = try Self.read(parameters)
        #expect(settings.addresses.map(\.url.hostHeader) == (hasAnother ? ["b"] : []))
        #expect(settings.directory == (hasAnother ? nil : settings.errorDirectory))
    }

    private static func messages(_ parameters: String) throws -> [String] {
        CDRCheck.diagnostics(for: try node(parameters), named: "xml_cdr.conf").map(\.message)
    }

    @Test(arguments: [
        ("", ClientTLSSettings.Verification.host), (#"<param name="enable-cacert-check" value="true"/>"#, .host),
        (#"<param name="enable-ssl-verifyhost" value="true"/>"#, .host),
        (#"<param name="enable-ssl-verifyhost" value="false"/>"#, .authority),
        (#"<param name="enable-cacert-check" value="false"/>"#, .none),
        (#"<param name="enable-cacert-check" value="no"/><param name="enable-ssl-verifyhost" value="yes"/>"#, .none),
    ])
    func checksCertificatesUnlessItIsToldNotTo(
        parameters: String,
        verification: ClientTLSSettings.Verification
    ) throws {
        #expect(try Self.read(parameters).tls.verification == verification)
        let warnings = try Self.messages(parameters).filter { $0.contains("nothing checks") }
        #expect(warnings.count == (verification == .host ? 0 : 1))
    }

    @Test func readsCertificates() throws {
        let parameters = [
            ("ssl-cacert-file", "/ca"), ("ssl-cert-path", "/c"), ("ssl-key-path", "/k"), ("ssl-key-password", "p"),
            ("ssl-version", "tlsv1.3"),
        ].map { #"<param name="\#($0)" value="\#($1)"/>"# }
        let tls = try Self.read(parameters.joined()).tls
        #expect(tls.authorities == "/ca")
        #expect(tls.identity == ClientTLSSettings.Identity(certificate: "/c", key: "/k", password: "p"))
        #expect(tls.oldestVersion == .tls13)
        #expect(try Self.read(#"<param name="ssl-version" value="TLSv1"/>"#).tls.oldestVersion == .tls12)
    }

    @Test func saysWhatHasNoEffect() throws {
        let parameters = #"<param name="cookie-file" value="/a"/><param name="retrys" value="1"/>"#
        let messages = try Self.messages(parameters)
        #expect(messages.contains { $0.hasPrefix("cookie-file has no effect") })
        #expect(messages.contains { $0.contains("did you mean \"retries\"") })
    }
}

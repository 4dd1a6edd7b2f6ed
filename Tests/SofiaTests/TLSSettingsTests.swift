import Base
import TandemTesting
import Testing
import XMLConfig

@testable import Sofia

/// What profiles say of TLS.
struct TLSSettingsTests {
    /// The policy's words: how servers are looked at, whether clients show a certificate, and what is told.
    @Test(
        arguments: [
            (nil, .host, false, nil), ("none", .none, false, nil), ("in", .none, true, nil),
            ("out", .authority, false, nil),
            ("all", .authority, true, nil), ("subjects_out", .host, false, nil), ("in|subjects_out", .host, true, nil),
            ("subjects_out|out", .host, false, nil),
            ("subjects_in", .none, true, "tls-verify-policy: the subjects of those who connect are not compared"),
            ("subjects_all", .host, true, "tls-verify-policy: the subjects of those who connect are not compared"),
        ] as [(String?, Verification, Bool, String?)]
    )
    private func readsPolicies(text: String?, servers: Verification, clients: Bool, message: String?) throws {
        let (settings, found) = try Self.settings(
            text.map { ["tls": "true", "tls-verify-policy": $0] } ?? ["tls": "true"]
        )
        let policy = try #require(settings?.policy)
        #expect("\(policy.servers)" == servers.rawValue && policy.wantsClientCertificates == clients)
        #expect(found == [message].compactMap { $0 })
    }

    /// What ``StreamSecurity/Settings/Verification`` is called.
    enum Verification: String { case none, authority, host }

    @Test(arguments: [("tlsv1.2,tlsv1.3", false), ("tlsv1,tlsv1.1,tlsv1.2", false), ("tlsv1.3", true), ("", false)])
    func readsVersions(text: String, isNewestOnly: Bool) throws {
        #expect(try Self.settings(["tls": "true", "tls-version": text]).settings?.isNewestOnly == isNewestOnly)
    }

    /// A word that is not known might have meant more: the profile does not start.
    @Test func refusesWhatItDoesNotKnow() throws {
        let fault = #expect(throws: ConfigurationError.self) {
            try Self.settings(["tls": "true", "tls-verify-policy": "non"])
        }
        #expect(fault?.first.message.hasPrefix("tls-verify-policy is \"non\", expected none, in") == true)
        #expect(try Self.settings(["tls-sip-port": "5081"]).settings == nil)
    }

    /// A profile whose certificates cannot be used goes on without TLS; one that has nothing else does not.
    @Test(arguments: [true, false]) func startsWithoutCertificates(isOnly: Bool) throws {
        let log = LogCapture()
        let settings = ["tls": "true", "tls-only": "\(isOnly)", "tls-cert-dir": "/nonexistent"]
        let exchange = try SimulatedSwitch(seed: 1, settings: settings, log: log)
        exchange.start()
        #expect((exchange.profile != nil) == !isOnly)
        #expect(log.lines.contains { $0.contains("/nonexistent/agent.pem") })
    }

    /// What has no TLS has no place for certificates, whether they can be used by now or not: nothing else is said.
    @Test(arguments: [true, false], [true, false]) func readsNothingWithoutTLS(isWanted: Bool, isThere: Bool) throws {
        let directory = TemporaryDirectory()
        let log = LogCapture()
        let settings = ["tls": "\(isWanted)", "tls-cert-dir": directory.path]
        let exchange = try SimulatedSwitch(seed: 1, settings: settings, log: log)
        exchange.start()
        let profile = try #require(exchange.profile)
        let identity = "\(TestCertificate.here.certificate)\n\(TestCertificate.here.key)\n"
        if isThere { _ = directory.write(identity, to: "agent.pem") }
        let known = log.lines.count
        exchange.loop.run { await profile.reloadCertificates() }
        withExtendedLifetime(directory) {}
        let message = "no certificates are read: the profile was started without TLS, a restart tries again"
        #expect(log.levels(of: message) == (isWanted ? ["notice"] : []))
        #expect(log.lines.count == known + (isWanted ? 1 : 0))
    }

    /// What operators see of it, and that new certificates count where they can be used.
    @Test(arguments: [(false, "198.51.100.7"), (true, "10.0.0.1")])
    func saysWhereItListens(isOnly: Bool, address: String) throws {
        let directory = TemporaryDirectory()
        let identity = "\(TestCertificate.here.certificate)\n\(TestCertificate.here.key)\n"
        _ = directory.write(identity, to: "agent.pem")
        let log = LogCapture()
        var settings = [
            "tls": "true", "tls-only": "\(isOnly)", "tls-sip-port": "5071", "tls-cert-dir": directory.path,
        ]
        if address != "10.0.0.1" { settings["ext-sip-ip"] = address }
        let exchange = try SimulatedSwitch(seed: 1, settings: settings, log: log)
        exchange.start()
        let place = address == "10.0.0.1" ? "" : ";maddr=10.0.0.1"
        let facts = exchange.command("sofia status profile internal").split(separator: "\n").map { line in
            line.filter { $0 != " " }
        }
        let plain = [
            "URL\tsip:mod_sofia@\(address):5060", "BIND-URL\tsip:mod_sofia@\(address):5060\(place);transport=udp,tcp",
        ]
        let secured = [
            "TLS-URL\tsip:mod_sofia@\(address):5071",
            "TLS-BIND-URL\tsips:mod_sofia@\(address):5071\(place);transport=tls",
        ]
        #expect(facts.filter { $0.contains("URL\t") } == (isOnly ? [] : plain) + secured)
        let rows = exchange.command("sofia status").split(separator: "\n").filter { $0.contains("RUNNING") }
        #expect(rows.map { $0.hasSuffix("(TLS)") } == (isOnly ? [true] : [false, true]))
        let xml = exchange.command("sofia xmlstatus profile internal")
        #expect(xml.contains("<tls-url>sip:mod_sofia@\(address):5071</tls-url>"))
        #expect(xml.contains("<tls-bind-url>sips:mod_sofia@\(address):5071\(place);transport=tls</tls-bind-url>"))
        let profile = try #require(exchange.profile)
        exchange.loop.run { await profile.reloadCertificates() }
        #expect(log.lines.contains { $0.contains("certificates read anew") })
        _ = directory.write("nothing", to: "agent.pem")
        exchange.loop.run { await profile.reloadCertificates() }
        #expect(log.lines.contains { $0.contains("the certificates stay as they were: \(directory.path)/agent.pem") })
    }

    private static func settings(
        _ parameters: [String: String]
    ) throws -> (settings: TLSSettings?, found: [String]) {
        let lines = parameters.map { "<param name=\"\($0.key)\" value=\"\($0.value)\"/>" }.joined()
        let text = "<profile name=\"p\"><settings>\(lines)</settings></profile>"
        var diagnostics: [Diagnostic] = []
        let profile = try ProfileConfiguration(
            xml: try XMLDocument.parse(Array(text.utf8), named: "test"),
            defaultAddress: .loopbackV4,
            version: "",
            diagnostics: &diagnostics
        )
        return (profile.tls, diagnostics.filter { $0.severity >= .warning }.map(\.message))
    }
}

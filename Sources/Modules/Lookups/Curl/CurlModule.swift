import Base
import HTTPTransport
import Logging
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_curl`: the command and the application `curl`, which send requests to web servers.
public final class CurlModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_curl"
    /// The commands that it registers.
    public static let commandNames = ["curl"]
    /// The applications that it registers; they may run while the dialplan is hunting.
    public static let applicationNames = ["curl"]
    /// The configuration that it reads.
    static let configuration = "curl.conf"

    private let softswitch: Switch
    private let requests = Turnstile(limit: CurlClient.requestLimit)
    private let running = Mutex<CurlClient?>(nil)

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Reads `curl.conf`, which may be missing, and registers the command and the application.
    public func start() async throws {
        try apply(try await readConfiguration())
        softswitch.commands.register(
            APICommand("curl", syntax: CurlRequest.syntax, summary: "asks a web server") { [weak self] _, text in
                guard let client = self?.client else { return "-ERR not loaded\n" }
                return await client.answer(text)
            },
            as: "curl"
        )
        softswitch.applications.register(
            Application("curl", syntax: CurlRequest.syntax, [.inline, .noMedia]) { [weak self] session, data in
                guard let client = self?.client else { throw ApplicationError("mod_curl is not loaded") }
                try await client.run(data, on: session)
            },
            as: "curl"
        )
    }

    /// Goes on as a changed `curl.conf`, or other certificates of authorities, say.
    public func reload() async throws {
        let configuration = try await readConfiguration()
        let isSame = client?.configuration == configuration
        // There may be others under the same name.
        if isSame, ClientTLS.ownAuthorities(of: softswitch) == nil { return }
        try apply(configuration)
    }

    /// Takes no more requests; those that are on their way come to their ends.
    public func stop() async {
        softswitch.commands.remove("curl")
        softswitch.applications.remove("curl")
        running.withLock { $0 = nil }
    }

    private var client: CurlClient? { running.withLock { $0 } }

    private func apply(_ configuration: CurlConfiguration) throws {
        let client = try CurlClient(configuration, softswitch, requests: requests)
        running.withLock { $0 = client }
    }

    private func readConfiguration() async throws -> CurlConfiguration {
        guard let xml = await softswitch.xml.configuration(named: Self.configuration) else {
            return CurlConfiguration()
        }
        var diagnostics: [Diagnostic] = []
        let configuration = try CurlConfiguration(xml: xml, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity >= .warning {
            softswitch.logger.warning("\(diagnostic)", metadata: ["module": "\(Self.name)"])
        }
        return configuration
    }
}

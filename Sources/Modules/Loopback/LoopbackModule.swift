import Logging
public import SwitchCore
import XMLConfig

/// `mod_loopback`: calls that go back into the dialplan, `loopback/…`, and calls to nobody, `null/…`.
public final class LoopbackModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_loopback"

    private let softswitch: Switch

    /// The endpoints for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Registers the endpoints.
    public func start() async throws {
        let endpoint = LoopbackEndpoint(softswitch: softswitch, tellsBridges: try await tellsBridges())
        softswitch.endpoints.register(endpoint, as: "loopback")
        softswitch.endpoints.register(NullEndpoint(softswitch: softswitch), as: "null")
    }

    /// What `loopback.conf` says about `loopback::direct`; hardly anybody has that file.
    private func tellsBridges() async throws -> Bool {
        guard let xml = await softswitch.xml.configuration(named: "loopback.conf") else { return false }
        var reader = ConfigurationReader(settingsOf: xml)
        let tells = reader.boolean("fire-bowout-on-bridge", default: false)
        for diagnostic in try reader.finish() where diagnostic.severity >= .warning {
            softswitch.logger.warning("\(diagnostic)")
        }
        return tells
    }
}

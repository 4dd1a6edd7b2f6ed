public import SwitchCore

/// `mod_loopback`: calls that go back into the dialplan, `loopback/…`.
public final class LoopbackModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_loopback"

    private let softswitch: Switch

    /// The endpoint for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Registers the endpoint.
    public func start() async throws {
        softswitch.endpoints.register(LoopbackEndpoint(softswitch: softswitch), as: "loopback")
    }
}

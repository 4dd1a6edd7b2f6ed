public import SwitchCore

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
        softswitch.endpoints.register(LoopbackEndpoint(softswitch: softswitch), as: "loopback")
        softswitch.endpoints.register(NullEndpoint(softswitch: softswitch), as: "null")
    }
}

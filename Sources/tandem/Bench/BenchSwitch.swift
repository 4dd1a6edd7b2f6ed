import Applications
import Base
import Commands
import DialplanXML
import Logging
import Loopback
import MediaEngine
import NIOCore
import NIOPosix
import SIPTransport
import SwitchCore
import XMLConfig

/// A switch with what a dialplan needs, without SIP and media, and a channel from the caller to the called.
///
/// The channel is a real one, so that the applications, the directory and the variables are as well.
struct BenchSwitch {
    private let group: MultiThreadedEventLoopGroup
    private let loop: NIOLoop
    private let softswitch: Switch
    private let channel: Session

    /// - Parameter more: Modules that are loaded beside the usual ones, before the dialplan.
    init(root: XMLNode, _ more: [(name: String, entry: ModuleEntry)] = []) async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        loop = NIOLoop(group.next())
        softswitch = try Self.makeSwitch(on: loop, root: root, more.map(\.entry))
        for name in ["mod_dptools", "mod_commands"] + more.map(\.name) + ["mod_dialplan_xml", "mod_loopback"] {
            try await softswitch.modules.load(name, into: softswitch)
        }
        channel = try await Self.makeChannel(softswitch, on: loop)
    }

    /// Does something on the loop of the channel, as a call is routed.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (isolated Session) async throws -> Value
    ) async throws -> Value {
        try await Task(executorPreference: loop) { [channel] in try await body(channel) }.value
    }

    /// Ends everything.
    func close() async throws {
        channel.requestHangUp(.normalClearing)
        await softswitch.sessions.waitUntilEmpty(timeout: .seconds(5), on: loop)
        await softswitch.modules.stopAll()
        await softswitch.media.shutdown()
        try await group.shutdownGracefully()
    }

    private static func makeSwitch(on loop: NIOLoop, root: XMLNode, _ more: [ModuleEntry]) throws -> Switch {
        var media = MediaEngineConfiguration()
        media.loops = 1
        return Switch(
            version: Tandem.version,
            directories: Directories(base: "/nonexistent"),
            configuration: SwitchConfiguration(),
            xml: XMLRegistry(root: root),
            media: try MediaEngine(configuration: media),
            loops: LoopGroup(loop),
            catalogue: ModuleCatalogue(
                more + [
                    ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                    ModuleEntry(CommandsModule.self) { CommandsModule($0) { nil } },
                    ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                    ModuleEntry(LoopbackModule.self) { LoopbackModule($0) },
                ]
            ),
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() },
            clock: Assembly.microseconds
        )
    }

    private static func makeChannel(_ softswitch: Switch, on loop: NIOLoop) async throws -> Session {
        var profile = CallerProfile()
        (profile.callerIDName, profile.callerIDNumber) = ("Alice", TenantDialplan.caller)
        let request = OutgoingCall(
            destination: TenantDialplan.callee,
            variables: Variables(),
            profile: profile,
            originator: nil,
            loop: loop,
            preferredCodecs: nil,
            observer: { _, _ in }
        )
        guard case .session(let channel)? = await softswitch.endpoints["null"]?.call(request) else {
            throw BenchError(description: "there is no channel to measure with")
        }
        return channel
    }
}

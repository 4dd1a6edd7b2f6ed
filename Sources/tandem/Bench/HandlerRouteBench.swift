import Base
import MediaEngine
import NIOCore
import NIOPosix
import SIPTransport
import SwitchCore
import XMLConfig
import XMLHandler

/// A call's way through a tenant's dialplan, with nothing but the tables behind the switch.
///
/// The channel is a real one, and what it asks goes through the switch to `mod_xml_handler`: the caller's password, the
/// context with all that it looks up on the way, and where the called phone is. SIP and media are not among it.
enum HandlerRouteBench {
    static func run(_ seconds: Double, file: String) async throws -> String {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = NIOLoop(group.next())
        let softswitch = try TenantBench.makeSwitch(
            on: loop,
            root: try configuration(file),
            [ModuleEntry(XMLHandlerModule.self) { XMLHandlerModule($0) }]
        )
        for name in ["mod_dptools", "mod_commands", "mod_xml_handler", "mod_dialplan_xml", "mod_loopback"] {
            try await softswitch.modules.load(name, into: softswitch)
        }
        let channel = try await TenantBench.makeChannel(softswitch, on: loop)
        let text = try await Task(executorPreference: loop) { try await measure(channel, seconds) }.value
        channel.requestHangUp(.normalClearing)
        await softswitch.sessions.waitUntilEmpty(timeout: .seconds(5), on: loop)
        await softswitch.modules.stopAll()
        await softswitch.media.shutdown()
        try await group.shutdownGracefully()
        return text
    }

    private static func configuration(_ file: String) throws -> XMLNode {
        let text = """
            <document type="freeswitch/xml"><section name="configuration">
              <configuration name="xml_handler.conf"><settings>
                <param name="dsn" value="sqlite://\(file)"/>
              </settings></configuration>
            </section></document>
            """
        return try XMLDocument.parse(Array(text.utf8), named: "bench")
    }

    private static func measure(_ channel: isolated Session, _ seconds: Double) async throws -> String {
        let softswitch = channel.softswitch
        TenantBench.prepare(channel)
        let before = channel.variables
        func route() async throws {
            channel.variables = before
            channel.profile.destinationNumber = TenantDialplan.callee
            let users = [TenantDialplan.caller, TenantDialplan.callee]
            guard await softswitch.directory.user(users[0], domain: TenantDialplan.domain) != nil,
                let route = await softswitch.dialplans["XML"]?.hunt(channel, argument: nil),
                route.actions.last?.application == "bridge",
                await softswitch.directory.user(users[1], domain: TenantDialplan.domain) != nil
            else { throw BenchError(description: "the bench's own tables do not lead to the extension") }
        }
        let questions = softswitch.metrics["xml_handler_questions"]
        try await route()
        let asked = await questions?.total() ?? 0
        try await route()
        let count = (await questions?.total() ?? 0) - asked
        var table = CallTable("a call's route, from who calls to whom is called; \(count) look-ups")
        let calls = max(Int(seconds * 100), 20)
        try await table.measure("in memory", calls: 5 * calls, route)
        let forget = { () async -> Void in _ = await softswitch.forgetDocuments() }
        try await table.measure("not there yet", calls: calls, after: forget, route)
        return table.text
    }
}

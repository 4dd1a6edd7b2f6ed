import Base
import SwitchCore
import XMLConfig
import XMLHandler

/// A call's way through a tenant's dialplan, with nothing but the tables behind the switch.
///
/// The channel is a real one, and what it asks goes through the switch to `mod_xml_handler`: the caller's password, the
/// context with all that it looks up on the way, and where the called phone is. SIP and media are not among it. Another
/// switch has the same dialplan and users in files: what it takes less is what the handler adds to the set-up of a call.
enum HandlerRouteBench {
    /// In how many turns the two switches are measured, so that what the machine does besides concerns both.
    private static let turns = 10

    static func run(_ seconds: Double, _ database: BenchDatabase) async throws -> String {
        let handler = ModuleEntry(XMLHandlerModule.self) { XMLHandlerModule($0) }
        let tables = try await BenchSwitch(root: try configuration(database.name), [("mod_xml_handler", handler)])
        let files = try await BenchSwitch(root: try TenantDialplan.document())
        let count = try await tables.run { try await lookUps($0) }
        let calls = max(Int(seconds * 100), 20)
        var (kept, plain) = (CallSamples(), CallSamples())
        for bench in [tables, files] { _ = try await measure(bench, calls: 5) }
        for _ in 0..<turns {
            plain.add(try await measure(files, calls: 5 * calls / turns))
            kept.add(try await measure(tables, calls: 5 * calls / turns))
        }
        let cold = try await tables.run { channel in
            let softswitch = channel.softswitch
            let forget = { () async -> Void in _ = await softswitch.forgetDocuments() }
            return try await samples(channel, calls: calls, after: forget)
        }
        var table = CallTable("a call's route, from who calls to whom is called; \(count) look-ups (\(database.kind))")
        table.add("in files", plain)
        table.add("in tables, and in memory", kept)
        table.add("in tables, and not there yet", cold)
        try await files.close()
        try await tables.close()
        return table.text + """
            a call's set-up when everything is in memory: the handler adds \(kept.comparison(with: plain)), aim: 1 ms at 99 %


            """
    }

    private static func configuration(_ database: String) throws -> XMLNode {
        let text = """
            <document type="freeswitch/xml"><section name="configuration">
              <configuration name="xml_handler.conf"><settings>
                <param name="dsn" value="\(XMLNode.escaped(database))"/>
              </settings></configuration>
            </section></document>
            """
        return try XMLDocument.parse(Array(text.utf8), named: "bench")
    }

    private static func measure(_ bench: BenchSwitch, calls: Int) async throws -> CallSamples {
        try await bench.run { try await samples($0, calls: calls) }
    }

    private static func samples(
        _ channel: isolated Session,
        calls: Int,
        after prepare: () async -> Void = {}
    ) async throws -> CallSamples {
        TenantBench.prepare(channel)
        let before = channel.variables
        var samples = CallSamples()
        for _ in 0..<max(calls, 1) {
            await prepare()
            try await samples.measure { try await route(channel, with: before) }
        }
        channel.variables = before
        return samples
    }

    /// How many questions the handler is asked for one call.
    private static func lookUps(_ channel: isolated Session) async throws -> Int {
        TenantBench.prepare(channel)
        let (before, questions) = (channel.variables, channel.softswitch.metrics["xml_handler_questions"])
        try await route(channel, with: before)
        let asked = await questions?.total() ?? 0
        try await route(channel, with: before)
        channel.variables = before
        return (await questions?.total() ?? 0) - asked
    }

    private static func route(_ channel: isolated Session, with variables: Variables) async throws {
        let softswitch = channel.softswitch
        channel.variables = variables
        channel.profile.destinationNumber = TenantDialplan.callee
        let users = [TenantDialplan.caller, TenantDialplan.callee]
        guard await softswitch.directory.user(users[0], domain: TenantDialplan.domain) != nil,
            let route = await softswitch.dialplans["XML"]?.hunt(channel, argument: nil),
            route.actions.last?.application == "bridge",
            await softswitch.directory.user(users[1], domain: TenantDialplan.domain) != nil
        else { throw BenchError(description: "the bench's own tables do not lead to the extension") }
    }
}

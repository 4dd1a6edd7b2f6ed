import SwitchCore
import XMLConfig

/// A call's walk through the dialplan of a tenant, with everything that it does on the way; and expressions.
///
/// The channel is a real one, so that the applications, the directory and the variables are as well.
enum TenantBench {
    /// - Parameter extensions: A folder with extensions of an operator's, measured beside the ones of this program.
    static func run(_ stopwatch: Stopwatch, extensions: String?) async throws -> String {
        var text = try await measured(try TenantDialplan.document()) { try await measure($0, stopwatch) }
        guard let extensions else { return text }
        let (others, files) = try TenantDialplan.extensions(in: extensions)
        text += try await measured(try TenantDialplan.document(others)) { channel in
            try await measure(channel, files, stopwatch)
        }
        return text
    }

    /// Measures on the channel of a switch of its own.
    private static func measured(
        _ document: XMLNode,
        _ body: @escaping @Sendable (isolated Session) async throws -> String
    ) async throws -> String {
        let bench = try await BenchSwitch(root: document)
        let text = try await bench.run(body)
        try await bench.close()
        return text
    }

    /// Has a channel look as an INVITE leaves it before it is routed.
    static func prepare(_ channel: isolated Session) {
        channel.profile.context = TenantDialplan.domain
        channel.profile.destinationNumber = TenantDialplan.callee
        channel.variables.set("domain_name", TenantDialplan.domain)
        for number in 1...40 { channel.variables.set("sip_header_\(number)", "a value of some length") }
    }

    private static func measure(_ channel: isolated Session, _ stopwatch: Stopwatch) async throws -> String {
        prepare(channel)
        let before = channel.variables
        func hunt(_ number: String) async -> DialplanRoute? { await Self.hunt(number, on: channel, with: before) }
        guard let route = await hunt(TenantDialplan.callee), route.actions.last?.application == "bridge" else {
            throw BenchError(description: "the bench's own dialplan does not find its extension")
        }
        var hunts = BenchTable("dialplan of a tenant, with its inline actions", unit: "hunt")
        hunts.add("a call to another user", await stopwatch.measure { _ = await hunt(TenantDialplan.callee) })
        hunts.add("a feature code", await stopwatch.measure { _ = await hunt("*155") })
        _ = await hunt(TenantDialplan.callee)
        return hunts.text + comparison + (await expressions(channel, stopwatch))
    }

    /// The same with extensions of an operator's.
    private static func measure(
        _ channel: isolated Session,
        _ files: Int,
        _ stopwatch: Stopwatch
    ) async throws -> String {
        prepare(channel)
        let before = channel.variables
        func hunt() async -> DialplanRoute? {
            await Self.hunt(TenantDialplan.callee, on: channel, with: before)
        }
        let actions = await hunt()?.actions ?? []
        let variables = channel.variables.count - before.count
        var table = BenchTable("\(files) files of extensions, with their inline actions", unit: "hunt")
        table.add("a call to another user", await stopwatch.measure { _ = await hunt() })
        return table.text + "  It leads to \(actions.count) actions and sets \(variables) variables on its way.\n\n"
    }

    /// Has a channel that has these variables walk through the dialplan.
    private static func hunt(
        _ number: String,
        on channel: isolated Session,
        with variables: Variables
    ) async -> DialplanRoute? {
        channel.variables = variables
        channel.profile.destinationNumber = number
        return await channel.softswitch.dialplans["XML"]?.hunt(channel, argument: nil)
    }

    /// What an expression costs, a variable of the channel; per variable in the text.
    private static func expressions(_ channel: isolated Session, _ stopwatch: Stopwatch) async -> String {
        let scope = SessionScope(channel)
        var table = BenchTable("expressions, \(channel.variables.count) variables on the channel", unit: "variable")
        for (what, name, count) in [
            ("${callee_timeout}, ten in a text", "callee_timeout", 10), ("one in a text", "callee_timeout", 1),
            ("of the caller profile", "caller_id_number", 10), ("that is not there", "no_such_variable", 10),
        ] {
            let text = Array(repeating: "${\(name)}", count: count).joined(separator: "-")
            let compiled = Template(text)
            let known = await stopwatch.measure { _ = await compiled.expand(in: scope) }
            table.add(what, known.divided(by: count))
            let unknown = await stopwatch.measure { _ = await channel.expand(text) }
            table.add("  the same, with reading the text", unknown.divided(by: count))
        }
        return table.text
    }

    private static let comparison = """
          Measured elsewhere, not on this machine: FreeSWITCH 1.11.1 with such dialplans takes 62 ms of CPU for a whole
          internal call with static files, and 174 ms with the portal's handler and a warm cache.


        """
}

/// Why a benchmark cannot run.
struct BenchError: Error, CustomStringConvertible {
    let description: String
}

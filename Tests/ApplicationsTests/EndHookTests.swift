import SwitchCore
import Synchronization
import TandemTesting
import Testing
import XMLConfig

/// What variables run when a call has ended, and what transfers leave in them.
struct EndHookTests {
    /// Writes down when it was asked for what.
    private final class Notebook: CallReporter {
        private let pages = Mutex<[String]>([])

        var lines: [String] { pages.withLock { $0 } }

        func write(_ line: String) { pages.withLock { $0.append(line) } }

        func report(_ session: isolated Session) async { write("record") }

        /// `note TEXT`: the text, and the state of the channel that asks.
        var command: APICommand {
            APICommand("note", summary: "for tests") { [self] context, text in
                let state = await context.session?.state
                write("\(text)/\(state?.name ?? "nobody")")
                return "+OK\n"
            }
        }
    }

    @Test(
        arguments: [
            ("api_hangup_hook", "note ${hangup_cause}", "", ["USER_BUSY/nobody", "record"]),
            ("api_hangup_hook", "note::${uduration}", "", ["900000/nobody", "record"]),
            ("api_hangup_hook", "note a::b", "", ["a::b/nobody", "record"]),
            ("api_hangup_hook", "note x", "true", ["x/CS_HANGUP", "record"]),
            ("api_hangup_hook", "note", "false", ["/nobody", "record"]),
            ("api_hangup_hook", "no_such_command x", "", ["record"]),
            ("api_reporting_hook", "note ${hangup_cause_q850}", "", ["record", "17/nobody"]),
            ("api_reporting_hook", "note x", "true", ["record", "x/CS_REPORTING"]),
            ("unset", "x", "", ["record"]),
        ] as [(String, String, String, [String])]
    )
    func runsAtTheEnd(_ hook: String, _ command: String, _ inHook: String, _ expected: [String]) throws {
        let exchange = try TestSwitch(Actions.extension("1", [("sleep", "900"), ("hangup", "USER_BUSY")]))
        let notebook = Notebook()
        exchange.softswitch.commands.register(notebook.command, as: "note")
        exchange.softswitch.reporters.register(notebook, as: "test")
        let ends = exchange.softswitch.events.subscribe(to: [.channelHangupComplete]) {}
        let call = try exchange.call("1")
        _ = exchange.run {
            await call.setVariableUnchecked(hook, command)
            await call.setVariable("session_in_hangup_hook", inHook)
        }
        exchange.loop.advance(by: .seconds(2))
        #expect(exchange.loop.runUntil { exchange.softswitch.sessions.count == 0 })
        // The loopback channel's other end has a record too, and no hook.
        #expect(notebook.lines.filter { $0 != "record" } == expected.filter { $0 != "record" })
        #expect(notebook.lines.count == expected.count + 1)
        if hook == "api_hangup_hook" { #expect(notebook.lines.last == "record") }
        let complete = ends.takeAll().first { $0["Unique-ID"] == call.id }
        #expect(complete?["Channel-State"] == "CS_REPORTING")
    }

    /// Whoever relies on a command that does not exist finds that in the log.
    @Test(arguments: [("api_hangup_hook", "lua gone.lua"), ("api_on_answer", "lua gone.lua")])
    func saysWhatFails(_ hook: String, _ command: String) throws {
        let log = LogCapture()
        let call = try CallerFixture(["set \(hook)=\(command)", "answer", "hangup"], log: log)
        call.advance(1)
        #expect(log.lines.contains { $0.hasPrefix("hook ") && $0.contains("Command not found") })
        #expect(log.levels(of: "hook") == ["error"])
    }

    /// A hook that waits keeps the channel until it is done, and nobody else.
    @Test func waitsForTheHook() throws {
        let exchange = try TestSwitch(Actions.extension("1", [("hangup", "USER_BUSY")]) + Actions.numbers)
        let other = try exchange.call("5000")
        let call = try exchange.call("5001")
        _ = exchange.run { await call.setVariable("api_hangup_hook", "msleep 3000") }
        call.requestHangUp(.normalClearing)
        exchange.loop.advance(by: .seconds(2))
        #expect(exchange.command("uuid_exists \(call.id)") == "true")
        #expect(exchange.command("uuid_exists \(other.id)") == "true")
        exchange.loop.advance(by: .seconds(2))
        #expect(exchange.command("uuid_exists \(call.id)") == "false")
    }

    /// A global variable names what is done once everything is loaded.
    @Test(arguments: [("global_setvar started=yes", "yes"), ("", "")])
    func runsAtTheStart(_ line: String, _ value: String) throws {
        let exchange = try TestSwitch("")
        exchange.softswitch.xml.globals["api_on_startup"] = line
        let softswitch = exchange.softswitch
        _ = exchange.run { await softswitch.runStartupCommand() }
        #expect(exchange.command("global_getvar started") == value)
    }

    private static let transferring =
        Actions.extension("2", [("set", "seen=${first}"), ("transfer", "3")]) + Actions.extension("3", [("park", "")])

    @Test(
        arguments: [
            ([("transfer", "2 XML default")], "transfer_source", "1:%:bl_xfer:3/default/XML"),
            (
                [("transfer", "2 XML default")], "transfer_history",
                "ARRAY::1:%:bl_xfer:2/default/XML|:1:%:bl_xfer:3/default/XML"
            ),
            // What the hook sets is there when the dialplan is asked.
            (
                [("set", "execute_on_blind_transfer=set first=yes"), ("transfer", "2 XML default")], "seen", "yes"
            ),
            // One more than there may be.
            ([("set", "max_session_transfers=3"), ("transfer", "2 XML default")], "max_session_transfers", "1"),
            (
                [("set", "max_session_transfers=2"), ("transfer", "2 XML default")], "hangup_cause",
                "EXCHANGE_ROUTING_ERROR"
            ),
            (
                [("set", "max_session_transfers=1"), ("transfer", "3 XML default")], "hangup_cause",
                "EXCHANGE_ROUTING_ERROR"
            ),
            ([("set", "max_session_transfers=3"), ("transfer", "2 XML default")], "max_forwards", nil),
            ([("transfer", "2 XML default")], "max_forwards", "69"),
        ] as [([(String, String)], String, String?)]
    )
    func transfersLeaveTheirMark(_ lines: [(String, String)], _ name: String, _ value: String?) throws {
        let exchange = try TestSwitch(Actions.extension("1", lines) + Self.transferring)
        let call = try exchange.call("1")
        #expect(exchange.variable(name, of: call) == value?.replacing("%", with: call.id))
    }

    /// Each caller profile says how the call came there, for its record.
    @Test func profilesTellOfTransfers() throws {
        let exchange = try TestSwitch(Actions.extension("1", [("transfer", "2 XML default")]) + Self.transferring)
        let call = try exchange.call("1")
        let sources = exchange.run { await (call.earlierProfiles + [call.profile]).map(\.transferSource) } ?? []
        #expect(sources == ["", "1:\(call.id):bl_xfer:2/default/XML", "1:\(call.id):bl_xfer:3/default/XML"])
        #expect(exchange.command("uuid_dump \(call.id)").contains("Caller-Transfer-Source: 1%3A"))
    }

    /// Channels that are brought together from outside.
    @Test(arguments: ["uuid_bridge", "intercept"])
    func bridgesLeaveTheirMark(_ way: String) throws {
        let exchange = try TestSwitch(Actions.numbers)
        let (one, two) = (try exchange.call("5000"), try exchange.call("5000"))
        let line =
            way == "uuid_bridge"
            ? "uuid_bridge \(one.id) \(two.id)" : "uuid_transfer \(one.id) intercept:\(two.id) inline"
        #expect(exchange.command(line).hasPrefix("+OK"))
        #expect(exchange.variable("transfer_source", of: one) == "1:\(one.id):uuid_br:\(two.id)")
        #expect(exchange.variable("transfer_source", of: two) == "1:\(two.id):uuid_br:\(one.id)")
    }
}

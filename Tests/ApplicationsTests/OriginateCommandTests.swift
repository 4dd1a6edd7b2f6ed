import SwitchCore
import TandemTesting
import Testing

/// The command `originate`, to the byte.
struct OriginateCommandTests {
    private static let extensions = """
        <extension name="elsewhere"><condition field="destination_number" expression="^2$">
        <action application="set" data="other=${caller_id_name} ${caller_id_number} ${context}"/>
        <action application="park"/></condition></extension>
        """

    @Test(
        arguments: [
            ("originate error/USER_BUSY &park()", "-ERR USER_BUSY\n"),
            ("originate nonsense &park()", "-ERR CHAN_NOT_IMPLEMENTED\n"),
            ("originate user/1@nowhere 2", "-ERR SUBSCRIBER_ABSENT\n"),
            ("originate {origination_uuid=leg}null/a &park()", "+OK leg\n"),
            ("originate {origination_uuid=leg}null/a &park", "+OK leg\n"),
            ("originate {origination_uuid=leg}null/a 2 XML default undef undef 10", "+OK leg\n"),
            ("originate {origination_uuid=leg,ignore_early_media=true}error/USER_BUSY|null/a 2", "+OK leg\n"),
        ]
    )
    func answers(_ line: String, _ answer: String) throws {
        let exchange = try TestSwitch(Self.extensions)
        #expect(exchange.command(line) == answer)
    }

    @Test(arguments: ["originate", "originate null/a", "originate null/a 2 XML default a b 5 x", "originate undef 2"])
    func showsUsage(_ line: String) throws {
        #expect(
            try TestSwitch("").command(line)
                == "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] "
                + "[<timeout_sec>]\n"
        )
    }

    @Test(
        arguments: [
            ("2 XML default Ann 100", "other", "Ann 100 default"),
            ("2 undef undef Ann 100", "other", "Ann 100 default"),
            ("&set(a=1)", "a", "1"), ("'set:a=1,set:b=2,park' inline", "b", "2"),
            ("&set(a=(1)) XML default", "a", "(1"),
        ]
    )
    func givesTheCallSomethingToDo(_ target: String, _ name: String, _ value: String) throws {
        let exchange = try TestSwitch(Self.extensions)
        // A watcher keeps the channel after an application has ended it.
        let order = "originate {origination_uuid=leg,null_auto_answer_delay=1000}null/a \(target)"
        let softswitch = exchange.softswitch
        _ = exchange.run { await softswitch.execute(command: order) }
        let leg = try #require(softswitch.sessions["leg"])
        exchange.loop.advance(by: .seconds(2))
        #expect(exchange.variable(name, of: leg) == value)
    }

    @Test func givesUpInTime() throws {
        let exchange = try TestSwitch("")
        let softswitch = exchange.softswitch
        _ = exchange.run {
            await softswitch.execute(command: "originate [null_enable_auto_answer=0]null/a 2 XML default a b 5")
        }
        exchange.loop.advance(by: .seconds(4.9))
        #expect(softswitch.sessions.count == 1)
        exchange.loop.advance(by: .seconds(0.2))
        #expect(softswitch.sessions.count == 0)
        #expect(exchange.loop.pendingTimers == 0)
    }
}

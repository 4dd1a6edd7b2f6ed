import SwitchCore
import TandemTesting
import Testing

/// What commands do later.
struct SchedulingCommandTests {
    @Test(
        arguments: [
            ("sched_api", "-ERR Invalid syntax. USAGE: [+@]<time> <group_name> <command_string>[&]\n"),
            ("sched_api +5 none", "-ERR Invalid syntax. USAGE: [+@]<time> <group_name> <command_string>[&]\n"),
            ("sched_api +5 none echo x", "+OK Added: 1\n"),
            ("sched_del", "-ERR Invalid syntax\n"), ("sched_del 7", "+OK Deleted: 0\n"),
            ("sched_del none", "+OK Deleted: 0\n"),
            ("sched_del 99999999999999999999", "+OK Deleted: 0\n"),
            ("unsched_api 7", "-ERR No such id\n"),
            ("unsched_api", "-ERR Invalid syntax. USAGE: <task_id>\n"),
            ("sched_hangup", "-USAGE: [+]<time> <uuid> [<cause>]\n"),
            ("sched_hangup +5 none", "-ERR No such channel!\n"),
            ("sched_transfer +5", "-USAGE: [+]<time> <uuid> <extension> [<dialplan>] [<context>]\n"),
            ("sched_transfer +5 none 1", "-ERR No such channel!\n"),
            ("sched_broadcast +5 none", "-USAGE: [[+]<time>|@time] <uuid> <path> [aleg|bleg|both]\n"),
            ("sched_broadcast +5 none x", "+OK Message scheduled\n"),
        ]
    )
    func answers(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch.answer(line) == answer)
    }

    /// How often a channel tells of itself in half a minute, and that nothing goes on when it has ended.
    @Test(
        arguments: [
            ("uuid_session_heartbeat % 10", 3), ("uuid_session_heartbeat % sched 15", 2),
            ("uuid_session_heartbeat % on", 0), ("uuid_session_heartbeat % sched", 0),
            ("uuid_session_heartbeat % 10;uuid_session_heartbeat % 0", 0),
            ("uuid_session_heartbeat % 1;uuid_session_heartbeat % 10", 3),
            ("uuid_setvar % heartbeat_fire_on_set true;uuid_session_heartbeat % 10", 4),
            ("uuid_broadcast % enable_heartbeat::10", 3), ("uuid_broadcast % sched_heartbeat::10", 3),
            ("uuid_broadcast % enable_heartbeat::soon", 0),
        ]
    )
    func channelsTellOfThemselves(_ lines: String, _ count: Int) throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        let beats = exchange.softswitch.events.subscribe(to: [.sessionHeartbeat]) {}
        for line in lines.split(separator: ";").map(String.init) {
            _ = exchange.command(line.replacing("%", with: call.id))
        }
        exchange.loop.advance(by: .seconds(30))
        let told = beats.takeAll().map { $0["Unique-ID"] }
        #expect(told == Array(repeating: call.id, count: count))
        _ = exchange.command("uuid_kill \(call.id)")
        exchange.loop.advance(by: .seconds(30))
        #expect(beats.takeAll().isEmpty)
        #expect(exchange.loop.pendingTimers == 0)
    }

    @Test func anAnswerBeginsTheHeartbeat() throws {
        let exchange = try TestSwitch(
            Actions.extension("1", [("set", "enable_heartbeat_events=10"), ("answer", ""), ("park", "")])
        )
        let beats = exchange.softswitch.events.subscribe(to: [.sessionHeartbeat]) {}
        try exchange.call("1")
        exchange.loop.advance(by: .seconds(20))
        #expect(beats.takeAll().count == 2)
    }

    /// When a command has run, seen by what it left.
    private static func runs(_ exchange: TestSwitch) -> Bool { exchange.command("global_getvar done") == "yes" }

    @Test func runsACommandOnce() throws {
        let exchange = try TestSwitch("")
        #expect(exchange.command("sched_api +5 mine global_setvar done=yes&") == "+OK Added: 1\n")
        #expect(
            exchange.command("show tasks")
                == "task_id,task_desc,task_group,task_runtime,task_sql_manager,hostname\n"
                + "1,sched_api_function,mine,6,0,\n\n1 total.\n"
        )
        exchange.loop.advance(by: .milliseconds(4999))
        #expect(!Self.runs(exchange))
        exchange.loop.advance(by: .milliseconds(1))
        #expect(Self.runs(exchange))
        #expect(exchange.command("show tasks") == "\n0 total.\n")
        #expect(exchange.loop.pendingTimers == 0)
    }

    @Test(arguments: ["sched_del 1", "sched_del mine", "unsched_api 1"])
    func forgetsACommand(_ line: String) throws {
        let exchange = try TestSwitch("")
        _ = exchange.command("sched_api +5 mine global_setvar done=yes")
        #expect(["+OK Deleted: 1\n", "+OK\n"].contains(exchange.command(line)))
        exchange.loop.advance(by: .seconds(9))
        #expect(!Self.runs(exchange))
        #expect(exchange.loop.pendingTimers == 0)
    }

    @Test func runsACommandAgainAndAgain() throws {
        let exchange = try TestSwitch("")
        #expect(exchange.command("sched_api @10 mine global_setvar done=yes") == "+OK Added: 1\n")
        for _ in 0..<3 {
            exchange.loop.advance(by: .seconds(10))
            #expect(Self.runs(exchange))
            _ = exchange.command("global_setvar done=no")
        }
        #expect(exchange.command("sched_del mine") == "+OK Deleted: 1\n")
        exchange.loop.advance(by: .seconds(20))
        #expect(!Self.runs(exchange))
    }

    /// What is told of a task: what happened to it, its number, what it is, its group, and when it is due.
    @Test(
        arguments: [
            ("sched_api +5 mine echo x", "", ["ADD_SCHEDULE 6", "EXE_SCHEDULE 6", "DEL_SCHEDULE 6"]),
            ("sched_api +5 mine echo x", "sched_del mine", ["ADD_SCHEDULE 6", "DEL_SCHEDULE 6"]),
            (
                "sched_api @5 mine echo x", "",
                ["ADD_SCHEDULE 6", "EXE_SCHEDULE 11", "RE_SCHEDULE 11", "EXE_SCHEDULE 16", "RE_SCHEDULE 16"]
            ),
            ("sched_del mine", "", []),
        ] as [(String, String, [String])]
    )
    func tellsOfTasks(_ line: String, _ second: String, _ expected: [String]) throws {
        let exchange = try TestSwitch("")
        let events = exchange.softswitch.events.subscribe(
            to: [.addSchedule, .delSchedule, .exeSchedule, .reSchedule]
        ) {}
        _ = exchange.command(line)
        if !second.isEmpty { _ = exchange.command(second) }
        exchange.loop.advance(by: .seconds(12))
        let told = events.takeAll()
        #expect(told.map { "\($0["Event-Name"] ?? "") \($0["Task-Runtime"] ?? "")" } == expected)
        for event in told {
            #expect(event["Task-ID"] == "1" && event["Task-Desc"] == "sched_api_function")
            #expect(event["Task-Group"] == "mine")
        }
    }

    @Test(arguments: ["sched_api 0 mine", "sched_api -7 mine", "sched_api nonsense mine"])
    func whatIsPastIsDoneAtOnce(_ line: String) throws {
        let exchange = try TestSwitch("")
        _ = exchange.command("\(line) global_setvar done=yes")
        exchange.loop.advance(by: .zero)
        #expect(Self.runs(exchange))
    }

    @Test func thereIsALimit() throws {
        let exchange = try TestSwitch("")
        for _ in 0..<TaskScheduler.limit {
            _ = exchange.softswitch.scheduler.add(at: 9, summary: "test", group: "many") {}
        }
        #expect(exchange.command("sched_api +9 many echo x") == "-ERR too many tasks\n")
        #expect(exchange.command("sched_del many") == "+OK Deleted: \(TaskScheduler.limit)\n")
        #expect(exchange.command("sched_api +9 many echo x").hasPrefix("+OK Added: "))
    }

    @Test func movesAndEndsChannels() throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        #expect(exchange.command("sched_broadcast +1 \(call.id) set::heard=1") == "+OK Message scheduled\n")
        #expect(exchange.command("sched_transfer +2 \(call.id) 5002 XML default") == "+OK\n")
        #expect(exchange.command("sched_hangup +3 \(call.id)") == "+OK\n")
        #expect(exchange.command("show tasks as delim |").contains("|switch_ivr_schedule_hangup|\(call.id)|4|"))
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.command("uuid_getvar \(call.id) heard") == "1")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.command("uuid_getvar \(call.id) current_application") == "sleep")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("hangup_cause", of: call) == "ALLOTTED_TIMEOUT")
    }

    /// A channel that ends takes what was scheduled for it along.
    @Test func tasksEndWithTheirChannel() throws {
        let exchange = try TestSwitch(Actions.numbers)
        let (call, other) = (try exchange.call("5000"), try exchange.call("5000"))
        _ = exchange.command("sched_hangup +60 \(call.id)")
        _ = exchange.command("sched_hangup +60 \(other.id)")
        #expect(exchange.command("sched_hangup +0 \(call.id) user_busy") == "+OK\n")
        #expect(exchange.variable("hangup_cause", of: call) == "USER_BUSY")
        #expect(exchange.command("show tasks").hasSuffix("\n1 total.\n"))
    }
}

import SwitchCore
import TandemTesting
import Testing
import XMLConfig

/// `fsctl` and `shutdown`.
struct ProgramCommandTests {
    @Test(
        arguments: [
            ("hupall", "+OK\n"),
            ("pause", "+OK\n"),
            ("resume", "+OK\n"),
            ("pause_check", "false"),
            ("ready_check", "true"),
            ("shutdown_check", "false"),
            ("send_sighup", "+OK\n"),
            ("reclaim_mem", "+OK\n"),
            ("sync_clock", "+OK clock synchronized\n"),
            ("sync_clock_when_idle", "+OK clock synchronized\n"),
            ("calibrate_clock", "+OK\n"),
            ("flush_db_handles", "+OK\n"),
            ("max_sessions", "+OK max sessions: 1000\n"),
            ("max_sessions 7", "+OK max sessions: 7\n"),
            ("max_sessions nonsense", "+OK max sessions: 1000\n"),
            ("sps", "+OK sessions per second: 30\n"),
            ("sps 99", "+OK sessions per second: 99\n"),
            ("last_sps", "+OK last sessions per second: 0\n"),
            ("sps_peak_reset", "+OK max sessions per second counter reset\n"),
            ("default_dtmf_duration", "+OK default dtmf duration: 2000\n"),
            ("min_dtmf_duration", "+OK min dtmf duration: 400\n"),
            ("max_dtmf_duration", "+OK max dtmf duration: 192000\n"),
            ("max_dtmf_duration 5", "+OK max dtmf duration: 400\n"),
            ("min_dtmf_duration 9999999", "+OK min dtmf duration: 192000\n"),
            ("default_dtmf_duration 800", "+OK default dtmf duration: 800\n"),
            ("default_dtmf_duration 0", "+OK default dtmf duration: 2000\n"),
            ("min_idle_cpu 12.5", "+OK min idle cpu: 12.50%\n"), ("min_idle_cpu 0", "+OK min idle cpu: DISABLED\n"),
            ("min_idle_cpu", "+OK min idle cpu: DISABLED\n"),
            ("debug_level", "+OK DEBUG level: 0\n"),
            ("loglevel", "+OK log level: DEBUG [7]\n"),
            ("loglevel warning", "+OK log level: WARNING [4]\n"),
            ("loglevel 6", "+OK log level: INFO [6]\n"),
            ("loglevel nonsense", "-ERR syntax error, log level not set!\n"),
            ("uuid_version", "+OK set uuid version: 4\n"),
            ("uuid_version 7", "-ERR changing uuid_version is not in this version\n"),
            ("verbose_events", "+OK verbose_events is off \n"),
            ("verbose_events on", "+OK verbose_events is on \n"), ("verbose_events no", "+OK verbose_events is off \n"),
            ("api_expansion", "+OK api_expansion is on \n"),
            ("api_expansion on", "+OK api_expansion is on \n"),
            ("api_expansion off", "+OK api_expansion is off \n"),
            ("recover", "-ERR recovering calls is not in this version\n"),
            ("crash", "-ERR fsctl crash is not in this version\n"),
            ("uptime_msec", "+OK 0\n"),
        ]
    )
    func answers(_ arguments: String, _ answer: String) throws {
        let exchange = try TestSwitch("")
        #expect(exchange.command("fsctl \(arguments)") == answer)
        #expect(exchange.stops.value == 0)
    }

    @Test func saysHowItIsUsed() throws {
        let exchange = try TestSwitch("")
        #expect(exchange.command("fsctl").hasPrefix("-USAGE: [api_expansion [on|off]|recover|send_sighup|hupall|"))
        #expect(exchange.command("fsctl nonsense").hasPrefix("-ERR Invalid command\nUSAGE: fsctl [api_expansion "))
    }

    /// With `api_expansion` off an expression runs no command, there or not, in a call or without one.
    @Test func expressionsRunNoCommands() throws {
        let denial = "<API Execute Permission Denied>"
        let lines = [("set", "said=(${echo(x)}${nothing(y)}${destination_number})"), ("park", "")]
        let exchange = try TestSwitch(Actions.extension("1", lines))
        for (word, said, evaluated) in [("off", "(\(denial)\(denial)1)", denial), ("on", "(x1)", "x")] {
            #expect(exchange.command("fsctl api_expansion \(word)") == "+OK api_expansion is \(word) \n")
            #expect(exchange.command("eval ${echo(x)}") == evaluated)
            #expect(exchange.command("echo x") == "x")
            let call = try exchange.call("1")
            #expect(exchange.variable("said", of: call) == said)
        }
    }

    @Test(arguments: [("<param name=\"api-expansion\" value=\"false\"/>", false), ("", true)])
    func expressionsRunCommandsUnlessForbidden(_ parameter: String, _ runs: Bool) throws {
        let text = "<configuration name=\"switch.conf\"><settings>\(parameter)</settings></configuration>"
        var diagnostics: [Diagnostic] = []
        let xml = try XMLDocument.parse(Array(text.utf8), named: "test")
        let configuration = try SwitchConfiguration(xml: xml, diagnostics: &diagnostics)
        #expect(configuration.runsCommandsInExpressions == runs && diagnostics.isEmpty)
    }

    @Test func pausesDirections() throws {
        let exchange = try TestSwitch(Actions.numbers)
        // A loopback call begins as an outbound one.
        for (direction, isLetIn) in [("inbound", true), ("outbound", false), ("", false)] {
            #expect(exchange.command("fsctl pause \(direction)") == "+OK\n")
            #expect(exchange.command("fsctl pause_check \(direction)") == "true")
            #expect(exchange.command("fsctl ready_check") == "false")
            #expect(((try? exchange.call("5000")) != nil) == isLetIn)
            #expect(exchange.command("fsctl resume \(direction)") == "+OK\n")
            #expect(exchange.command("fsctl pause_check \(direction)") == "false")
        }
        try exchange.call("5000")
    }

    /// A key is as long as is set, where nothing else is said, and never shorter or longer than that allows.
    @Test(
        arguments: [
            ([], "1", 2000), ([], "1@100", 800), ([], "1@50", 2000), ([], "1@51", 408),
            (["default_dtmf_duration 800"], "1", 800),
            (["min_dtmf_duration 1600"], "1@100", 1600), (["max_dtmf_duration 1600"], "1", 1600),
            (["max_dtmf_duration 1600", "default_dtmf_duration 4000"], "1@300", 2400),
        ] as [([String], String, Int)]
    )
    func keysAreSoLong(_ settings: [String], _ keys: String, _ samples: Int) throws {
        let exchange = try TestSwitch(Actions.numbers)
        for setting in settings { _ = exchange.command("fsctl \(setting)") }
        let call = try exchange.call("5000")
        let events = exchange.softswitch.events.subscribe(to: [.dtmf]) {}
        _ = exchange.command("uuid_recv_dtmf \(call.id) \(keys)")
        #expect(events.takeAll().map { $0["DTMF-Duration"] } == [String(samples)])
    }

    /// No call begins while the machine is busier than it may be; nobody's is idle for more than all of its time.
    @Test func busyMachinesTakeNoCalls() throws {
        let exchange = try TestSwitch(Actions.numbers)
        try exchange.call("5000")
        _ = exchange.command("fsctl min_idle_cpu 100.5")
        #expect(throws: NoCall.self) { try exchange.call("5000") }
        _ = exchange.command("fsctl min_idle_cpu 0")
        try exchange.call("5000")
    }

    @Test func limitsAreInForce() throws {
        let exchange = try TestSwitch(Actions.numbers)
        #expect(exchange.command("fsctl max_sessions 2") == "+OK max sessions: 2\n")
        try exchange.call("5000")
        #expect(throws: NoCall.self) { try exchange.call("5000") }
        #expect(exchange.command("fsctl max_sessions 9") == "+OK max sessions: 9\n")
        // A loopback call has two channels.
        #expect(exchange.command("fsctl sps 2") == "+OK sessions per second: 2\n")
        exchange.loop.advance(by: .seconds(1))
        try exchange.call("5000")
        #expect(throws: NoCall.self) { try exchange.call("5000") }
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.command("fsctl last_sps") == "+OK last sessions per second: 2\n")
    }

    @Test(arguments: ["shutdown", "...", "fsctl shutdown", "fsctl shutdown now"])
    func endsAtOnce(_ line: String) throws {
        let exchange = try TestSwitch(Actions.numbers)
        try exchange.call("5000")
        #expect(exchange.command(line) == "+OK\n")
        #expect(exchange.stops.value == 1)
    }

    @Test(arguments: ["elegant", "asap"])
    func endsWhenTheLastCallIsOver(_ word: String) throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        #expect(exchange.command("fsctl shutdown \(word)") == "+OK\n")
        #expect(exchange.command("fsctl shutdown_check") == "true")
        #expect(((try? exchange.call("5000")) != nil) == (word == "elegant"))
        _ = exchange.command("uuid_kill \(call.id)")
        #expect(exchange.stops.value == (word == "elegant" ? 0 : 1))
        _ = exchange.command("hupall")
        #expect(exchange.stops.value == 1)
    }

    @Test(arguments: ["restart", "now restart", "asap restart", "elegant restart"])
    func beginsAnew(_ words: String) throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        #expect(exchange.command("fsctl shutdown \(words)") == "+OK\n")
        let waits = words.hasPrefix("asap") || words.hasPrefix("elegant")
        #expect(exchange.restarts.value == (waits ? 0 : 1))
        _ = exchange.command("uuid_kill \(call.id)")
        #expect(exchange.restarts.value == 1)
        #expect(exchange.stops.value == 0)
    }

    @Test func anEndCanBeGivenUp() throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        _ = exchange.command("fsctl shutdown asap")
        #expect(exchange.command("fsctl shutdown cancel") == "+OK\n")
        #expect(exchange.command("fsctl shutdown_check") == "false")
        _ = exchange.command("uuid_kill \(call.id)")
        #expect(exchange.stops.value == 0)
        try exchange.call("5000")
    }
}

import Glibc
import SwitchCore
import TandemTesting
import Testing

/// Commands about the switch, its modules, its configuration and its program.
struct SystemCommandTests {
    @Test(
        arguments: [
            ("version", "FreeSWITCH Version 1.11.1-tandem-test (Tandem test 64bit)\n"),
            ("version short", "1.11.1\n"),
            ("uptime", "0\n"),
            ("uptime weeks", uptimeUsage),
            ("module_exists mod_commands", "true"),
            ("module_exists mod_nothing", "false"),
            ("load", "-USAGE: <mod_name>\n"),
            ("load mod_nothing", "+OK Reloading XML\n-ERR [this version has no such module]\n"),
            ("load mod_loopback", "+OK Reloading XML\n-ERR [Module already loaded]\n"),
            ("unload", "-USAGE: [-f] <mod_name>\n"),
            ("unload mod_nothing", "-ERR [No such module!]\n"),
            ("unload -f mod_loopback", "+OK\n"),
            ("reload mod_loopback", "+OK Reloading XML\n+OK module unloaded\n+OK module loaded\n"),
            (
                "reload mod_nothing",
                "+OK Reloading XML\n-ERR unloading module [No such module!]\n"
                    + "-ERR loading module [this version has no such module]\n"
            ),
            ("reloadxml", "+OK [Success]\n"),
            ("reloadacl", "+OK acl reloaded\n"),
            ("xml_locate nowhere", "can't find anything\n"),
            ("xml_locate configuration configuration name nothing.conf", "can't find anything\n"),
            ("xml_locate directory", "<section name=\"directory\"/>\n"),
            ("xml_wrap echo <x>", "<result>\n  <row id=\"1\">\n    <data><x></data>\n  </row>\n</result>\n"),
            (
                "xml_wrap encoded echo <x>",
                "<result>\n  <row id=\"1\">\n    <data>%3Cx%3E</data>\n  </row>\n</result>\n"
            ),
            ("xml_wrap", "-ERR Invalid syntax\n"),
            ("global_setvar", "-USAGE: <var>=<value> [=<value2>]\n"),
            ("global_setvar a=1", "+OK"),
            ("global_getvar nothing", ""),
            ("system", "-USAGE: <command>\n"),
            ("system echo x", "-ERR shell commands need --allow-exec on the command line\n"),
            ("bg_system echo x", "-ERR shell commands need --allow-exec on the command line\n"),
            ("spawn", "-USAGE: <command>\n"), ("bg_spawn", "-USAGE: <command>\n"),
            ("spawn echo x", "-ERR shell commands need --allow-exec on the command line\n"),
            ("bg_spawn echo x", "-ERR shell commands need --allow-exec on the command line\n"),
            ("spawn_stream echo x", "-ERR shell commands need --allow-exec on the command line\n"),
            ("getenv", "_undef_"), ("getenv TANDEM_HAS_NO_SUCH_VARIABLE", "_undef_"),
            (
                "banner",
                "Tandem test\na softswitch with the configuration and the commands of FreeSWITCH 1.11.1\n"
            ),
            ("json {}", "-ERR commands in JSON are not in this version\n"),
            ("chat", "Invalid"), ("chat sip|b|c", "Invalid"), ("chat nothing|b|c|d", "Error! Message Not Sent"),
            ("chat event|b|c|d|text/html", "Sent"),
            ("presence in 1000 open", "-USAGE: in|out|message-count <user> <rpid> <message>\n"),
            ("presence along 1000 open x", "-USAGE: in|out|message-count <user> <rpid> <message>\n"),
            ("presence in 1000@example.org open On the phone", "+OK\n"),
            ("presence message-count 1000@example.org 2 new", "+OK\n"),
            (
                "console_complete_xml c=6;module",
                "<complete>\n  <match>module_exists</match>\n"
                    + "  <write length=\"6\">module_exists</write>\n</complete>\n"
            ),
            ("console_complete_xml nothing_like_it", "<complete>\n  <write length=\"15\"></write>\n</complete>\n"),
            (
                "console_complete_xml load mod_lo",
                "<complete>\n  <match>mod_local_stream</match>\n  <match>mod_loopback</match>\n"
                    + "  <write length=\"6\">mod_lo</write>\n</complete>\n"
            ),
            ("file_exists /", "true"),
            ("file_exists /nonexistent/file", "false"),
            ("file_exists", "false"),
            ("bgapi", "-ERR Invalid syntax\n"),
            ("log", "-ERR\n"), ("log NOTICE", "+OK\n"),
            ("log ERR a line", "+OK\n"),
            ("stun", "-STUN Failed! NO STUN SERVER\n"),
            ("stun 127.0.0.1:none", "-STUN Failed! [no port]\n"),
            ("timer_test 31", "parameter missing: <10|20|40|60|120> [<1..200>] [<timer_name>]\n"),
            ("timer_test x", "parameter missing: <10|20|40|60|120> [<1..200>] [<timer_name>]\n"),
            ("timer_test 20 1 hard", "Timer Error!\n"),
            ("time_test", "parameter missing\n"),
            ("nonsense", "-ERR nonsense Command not found!\n"),
        ]
    )
    func answers(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch.answer(line) == answer)
    }

    private static let uptimeUsage =
        "-USAGE: [us|ms|s|m|h|d|microseconds|milliseconds|seconds|minutes|hours|days]\n"

    @Test func tellsItsStatus() throws {
        let exchange = try TestSwitch(Actions.numbers)
        try exchange.call("5000")
        exchange.loop.advance(by: .seconds(93_785) + .microseconds(2003))
        let lines = exchange.command("status").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.dropLast(3).map(String.init) == [
                "UP 0 years, 1 day, 2 hours, 3 minutes, 5 seconds, 2 milliseconds, 3 microseconds",
                "FreeSWITCH (Version 1.11.1-tandem-test) is ready",
                "2 session(s) since startup",
                "2 session(s) - peak 2, last 5min 2 ",
                "0 session(s) per Sec out of max 30, peak 2, last 5min 0 ",
                "1000 session(s) max",
            ]
        )
        #expect(lines.dropLast(2).last?.hasPrefix("min idle cpu 0.00/") == true)
        let stack = try #require(lines.dropLast().last).split(separator: " ").last?.split(separator: "/") ?? []
        #expect(lines.dropLast().last?.hasPrefix("Current Stack Size/Max ") == true)
        #expect(stack.count == 2 && stack.allSatisfy { $0.hasSuffix("K") && UInt64($0.dropLast()) != nil })
        #expect(exchange.command("show status").hasPrefix("UP 0 years, 1 day"))
        #expect(exchange.command("uptime h") == "26\n")
        #expect(exchange.command("uptime us") == "93785002003\n")
    }

    @Test func tellsItsNames() throws {
        let exchange = try TestSwitch("")
        let wrong = exchange.wrongAnswers([
            ("global_setvar hostname=node1", "+OK"), ("hostname", "node1"), ("switchname", "node1"),
            ("global_setvar switchname=pbx", "+OK"), ("hostname", "node1"), ("switchname", "pbx"),
        ])
        #expect(wrong.isEmpty, "\(wrong)")
    }

    @Test func setsGlobalVariables() throws {
        let exchange = try TestSwitch("")
        let wrong = exchange.wrongAnswers([
            ("global_setvar a=1", "+OK"),
            // Only when it is still what one thinks.
            ("global_setvar a=2=0", "+OK"),
            ("global_getvar a", "1"),
            ("global_setvar a=2=1", "+OK"),
            ("global_getvar a", "2"),
            ("global_getvar", "a=2\n"),
            ("global_setvar a=", "+OK"),
            ("global_getvar", ""),
        ])
        #expect(wrong.isEmpty)
    }

    /// What is told of modules that come and go; of those that do neither nothing is.
    @Test(
        arguments: [
            ("unload mod_loopback", ["MODULE_UNLOAD mod_loopback"]),
            ("reload mod_loopback", ["MODULE_UNLOAD mod_loopback", "MODULE_LOAD mod_loopback"]),
            ("load mod_loopback", []), ("load mod_nothing", []), ("unload mod_nothing", []),
        ] as [(String, [String])]
    )
    func tellsOfModules(_ line: String, _ expected: [String]) throws {
        let exchange = try TestSwitch("")
        let events = exchange.softswitch.events.subscribe(to: [.moduleLoad, .moduleUnload]) {}
        _ = exchange.command(line)
        let told = events.takeAll()
        #expect(told.map { "\($0["Event-Name"] ?? "") \($0["name"] ?? "")" } == expected)
        #expect(told.allSatisfy { $0["type"] == "module" })
    }

    /// Programs hear that a configuration is in force, once, when the modules have it.
    @Test func tellsOfReloads() throws {
        let exchange = try TestSwitch("")
        let softswitch = exchange.softswitch
        let events = softswitch.events.subscribe(to: [.reloadxml]) {}
        _ = exchange.run { await softswitch.modules.reloadAll(softswitch) }
        var told: [String] = []
        let isTold = exchange.loop.runUntil {
            told += events.takeAll().map(\.name.text)
            return !told.isEmpty
        }
        #expect(isTold && told == ["RELOADXML"])
    }

    /// What a module registered goes with it and comes with it again.
    @Test func unloadsWhatAModuleOffers() throws {
        let exchange = try TestSwitch(Actions.numbers)
        #expect(exchange.command("unload mod_loopback") == "+OK\n")
        #expect(exchange.command("module_exists mod_loopback") == "false")
        #expect(!exchange.command("show endpoints").contains("loopback"))
        #expect(throws: NoCall.self) { try exchange.call("5000") }
        #expect(exchange.command("load mod_loopback") == "+OK Reloading XML\n+OK\n")
        try exchange.call("5000")
        #expect(exchange.command("unload /usr/lib/freeswitch/mod/mod_dptools.so") == "+OK\n")
        #expect(exchange.command("show application bridge") == "\n0 total.\n")
    }

    @Test func aliasesStandForCommandLines() throws {
        let exchange = try TestSwitch("")
        let usage = "-USAGE: [add|stickyadd] <alias> <command> | del [<alias>|*]\n"
        let wrong = exchange.wrongAnswers([
            ("alias", usage), ("alias add x", usage), ("alias add x x", usage),
            ("alias add say 'echo hello'", "+OK\n"),
            ("say world", "hello world"),
            ("alias stickyadd 'say nothing' echo", "+OK\n"),
            ("show aliases", "sticky,alias,command,hostname\n0,say,echo hello,\n1,say nothing,echo,\n\n2 total.\n"),
            ("alias del say", "+OK\n"),
            ("say world", "-ERR say Command not found!\n"),
            // The whole line is an alias too.
            ("say nothing", ""),
            // Two that stand for each other end somewhere.
            ("alias add ping pong", "+OK\n"), ("alias add pong ping", "+OK\n"),
            ("ping", "-ERR ping Command not found!\n"),
            ("alias del *", "+OK\n"),
            ("show aliases", "\n0 total.\n"),
        ])
        #expect(wrong.isEmpty)
    }

    @Test func runsInTheBackground() throws {
        let exchange = try TestSwitch("")
        let subscription = exchange.softswitch.events.subscribe(to: [.backgroundJob]) {}
        let answer = exchange.command("bgapi echo two words")
        let job = try #require(subscription.takeAll().first)
        #expect(answer == "+OK Job-UUID: \(job["Job-UUID"] ?? "")\n")
        #expect(job["Job-Command"] == "echo")
        #expect(job["Job-Command-Arg"] == "two words")
        #expect(job.body == "two words")
    }

    @Test func waits() throws {
        let exchange = try TestSwitch("")
        #expect(exchange.command("msleep 100") == "(no answer)")
        exchange.loop.advance(by: .milliseconds(100))
        #expect(exchange.loop.pendingTimers == 0)
    }

    @Test func measuresTheTimer() throws {
        let exchange = try TestSwitch("")
        let subscription = exchange.softswitch.events.subscribe(to: [.backgroundJob]) {}
        _ = exchange.command("bgapi timer_test 20 3")
        exchange.loop.advance(by: .milliseconds(60))
        #expect(subscription.takeAll().first?.body == "Avg: 20.000ms Total Time: 60.000ms\n")
    }

    @Test func runsShellCommandsWhenAllowed() async throws {
        let exchange = try TestSwitch("", allowsShell: true)
        for (line, answer) in [
            ("system echo 'two words'; echo x", "two words\nx\n"), ("spawn echo x", "+OK\n"),
            ("bg_spawn echo x", "+OK\n"), ("spawn_stream echo x", "x\n"),
        ] {
            #expect(await exchange.softswitch.execute(command: line) == answer)
        }
    }

    /// What the program was started with is told.
    @Test func tellsTheEnvironment() throws {
        let path = try #require(getenv("PATH").map { String(cString: $0) })
        #expect(try TestSwitch.answer("getenv PATH") == path)
    }
}

import Base
import Console
import Testing

@Suite struct ConsoleSessionTests {
    private static func frame(_ type: String, _ headers: [(String, String)] = [], body: String = "") -> EventSocketFrame
    {
        let all = [("Content-Type", type)] + headers
        return EventSocketFrame(headers: all.map { .init($0.0, $0.1) }, body: body)
    }

    private static func ready() -> ConsoleSession {
        var session = ConsoleSession(.init(password: "secret"))
        _ = session.received(frame("auth/request"))
        _ = session.received(frame("command/reply", [("Reply-Text", "+OK accepted")]))
        return session
    }

    @Test func provesWhoItIs() {
        var session = ConsoleSession(.init(password: "secret"))
        #expect(session.received(Self.frame("auth/request")) == [.send("auth secret\n\n")])
        #expect(session.received(Self.frame("command/reply", [("Reply-Text", "+OK accepted")])) == [.ready])
        var user = ConsoleSession(.init(user: "1000@example.org", password: "secret"))
        #expect(user.received(Self.frame("auth/request")) == [.send("userauth 1000@example.org:secret\n\n")])
        #expect(
            user.received(Self.frame("command/reply", [("Reply-Text", "-ERR invalid")]))
                == [.end(.failed("the switch refused the password"))]
        )
    }

    /// The switch's own console is in at once, and its log is the one that the terminal shows anyway.
    @Test(
        arguments: [
            ("status", [.send("api status\nconsole_execute: true\n\n")]),
            ("...", [.send("api fsctl shutdown\nconsole_execute: true\n\n")]),
            ("shutdown", [.send("api fsctl shutdown\nconsole_execute: true\n\n")]),
            ("/log warning", [.send("api console loglevel WARNING\nconsole_execute: true\n\n")]),
            ("/nolog", [.send("api console loglevel console\nconsole_execute: true\n\n")]),
            ("/uuid u", [.show("-ERR the log of this console has no filter; tandem cli has one\n")]),
            ("/logfilter x", [.show("-ERR the log of this console has no filter; tandem cli has one\n")]),
            ("/event plain ALL", [.send("event plain ALL\n\n")]),
            ("/quit", [.send("exit\n\n"), .end(.done)]),
        ] as [(String, [ConsoleSession.Action])]
    )
    func isInsideOfTheSwitch(_ line: String, _ actions: [ConsoleSession.Action]) {
        var session = ConsoleSession(nil)
        #expect(session.entered(line) == actions)
        let refusal = Self.frame("command/reply", [("Reply-Text", "-ERR command not found")])
        var other = ConsoleSession(nil)
        #expect(other.received(refusal) == [.show("-ERR command not found\n")])
    }

    /// The same lines in a console of another program.
    @Test(
        arguments: [
            ("", []), ("status", [.send("api status\nconsole_execute: true\n\n")]),
            ("/log", [.send("log 7\n\n")]), ("/log warning", [.send("log 4\n\n")]), ("/nolog", [.send("nolog\n\n")]),
            ("/event plain ALL", [.send("event plain ALL\n\n")]), ("/noevents", [.send("noevents\n\n")]),
            ("/nixevent HEARTBEAT", [.send("nixevent HEARTBEAT\n\n")]),
            ("/filter Unique-ID u", [.send("filter Unique-ID u\n\n")]),
            ("/filter delete all", [.send("filter delete all\n\n")]),
            ("/event", [.show("-ERR /event needs an argument\n")]),
            ("/bye", [.send("exit\n\n"), .end(.done)]), ("exit", [.send("exit\n\n"), .end(.done)]),
            // It ends itself, and not the switch.
            ("...", [.send("exit\n\n"), .end(.done)]),
            // The switch's own console shows those lines then, and so does this one.
            (
                "console loglevel info",
                [.send("log 6\n\n"), .send("api console loglevel info\nconsole_execute: true\n\n")]
            ),
            ("console loglevel", [.send("api console loglevel\nconsole_execute: true\n\n")]),
            ("console loglevel loud", [.send("api console loglevel loud\nconsole_execute: true\n\n")]),
        ] as [(String, [ConsoleSession.Action])]
    )
    func isElsewhere(_ line: String, _ actions: [ConsoleSession.Action]) {
        var session = Self.ready()
        #expect(session.entered(line) == actions)
        #expect(session.isWaiting == actions.contains { $0.asks })
    }

    @Test func listsItsCommands() throws {
        var session = Self.ready()
        guard case .show(let text)? = session.entered("/help").first else { throw Unexpected() }
        for name in [
            "/log", "/nolog", "/uuid", "/logfilter", "/event", "/nixevent", "/noevents", "/filter", "/bye", "...",
        ] {
            #expect(text.contains(name), "\(name)")
        }
    }

    private struct Unexpected: Error {}

    /// What comes by itself, and what is shown of it.
    @Test(
        arguments: [
            (frame("text/event-plain", body: "Event-Name: A\n\n"), [.show("Event-Name: A\n\n")]),
            (frame("text/event-json", body: "{}"), [.show("{}")]),
            (frame("text/event-xml", body: "<e/>"), [.show("<e/>")]),
            (frame("command/reply", [("Reply-Text", "+OK log level  [7]")]), [.show("+OK log level  [7]\n")]),
            (frame("log/data", [("Log-Level", "3")], body: "line\n"), [.log(.err, "line\n")]),
            (frame("log/data", [("Log-Level", "x")], body: "line"), [.log(.console, "line\n")]),
            (frame("log/data", body: "line"), [.log(.console, "line\n")]),
            (frame("api/response", body: ""), [.show("")]), (frame("text/unknown", body: "x"), []),
            (
                frame("text/rude-rejection", body: "Access Denied, go away.\n"),
                [.end(.failed("the switch's access list does not let this address in"))]
            ),
            (frame("text/disconnect-notice", body: "x"), [.end(.failed("the switch closed the connection"))]),
        ] as [(EventSocketFrame, [ConsoleSession.Action])]
    )
    func shows(_ frame: EventSocketFrame, _ actions: [ConsoleSession.Action]) {
        var session = Self.ready()
        #expect(session.received(frame) == actions)
    }

    /// The answer to the only command is shown and ends the console, whatever the switch thinks of it.
    @Test(
        arguments: [
            (frame("api/response", body: "UP\n"), "UP\n"),
            (frame("api/response", body: "-ERR no such call"), "-ERR no such call\n"),
            (frame("command/reply", [("Reply-Text", "-ERR permission denied")]), "-ERR permission denied\n"),
            (frame("api/response"), ""),
        ] as [(EventSocketFrame, String)]
    )
    func endsWithTheAnswer(_ frame: EventSocketFrame, _ shown: String) {
        var session = Self.ready()
        _ = session.execute("anything")
        #expect(session.received(frame) == [.show(shown), .end(.done)])
    }

    /// What becomes of an answer about an unfinished line, however odd it is.
    @Test(
        arguments: [
            ("\n\nwrite=3:status ", .init(deletes: 3, inserts: "status ")),
            ("\n[ a ]\t[ b ]\n", .init(choices: "\n[ a ]\t[ b ]\n")),
            ("[ a ]\n\nwrite=0:a", .init(inserts: "a", choices: "[ a ]")), ("-ERR no such command", .init()),
            ("x\n\nwrite=", .init(choices: "x")), ("x\n\nwrite=a:b", .init(choices: "x")),
            ("x\n\nwrite=-1:b", .init(choices: "x")), ("\n\nwrite=1:a\nexit\n", .init(deletes: 1, inserts: "a")),
            ("", .init()),
        ] as [(String, ConsoleSession.Completion)]
    )
    func completes(_ answer: String, _ completion: ConsoleSession.Completion) {
        var session = Self.ready()
        #expect(session.complete("st", cursor: 2) == [.send("api console_complete c=2;st\nconsole_execute: true\n\n")])
        #expect(session.received(Self.frame("api/response", body: answer)) == [.complete(completion)])
    }

    @Test func runsOneCommandAndEnds() {
        var session = Self.ready()
        #expect(session.execute("status") == [.send("api status\nconsole_execute: true\n\n")])
        #expect(session.received(Self.frame("api/response", body: "UP")) == [.show("UP\n"), .end(.done)])
    }

    @Test func aLineFeedMakesNoSecondRequest() {
        var session = Self.ready()
        #expect(session.execute("echo a\n\nexit") == [.send("api echo a exit\nconsole_execute: true\n\n")])
    }

    @Test func answersComeInTheOrderOfTheQuestions() {
        var session = Self.ready()
        _ = session.entered("status")
        _ = session.complete("sta", cursor: 3)
        #expect(session.received(Self.frame("api/response", body: "UP\n")) == [.show("UP\n")])
        let answer = "\n[ status ]\n\nwrite=3:status "
        #expect(
            session.received(Self.frame("api/response", body: answer))
                == [.complete(.init(deletes: 3, inserts: "status ", choices: "\n[ status ]"))]
        )
    }

    @Test func aSwitchThatDoesNotAnswerIsNotAskedForever() {
        var session = Self.ready()
        for _ in 0..<64 { _ = session.entered("status") }
        #expect(session.entered("status") == [.show("-ERR the switch does not answer\n")])
    }

    @Test(arguments: [
        ("/uuid abc", "abc", "line", true), ("/uuid abc", "xyz", "line", false),
        ("/logfilter lin", "abc", "line", true), ("/logfilter else", "abc", "line", false),
        ("/uuid", "xyz", "line", true),
    ])
    func showsTheLogLinesThatWereAskedFor(filter: String, uuid: String, text: String, isShown: Bool) {
        var session = Self.ready()
        #expect(session.entered(filter) == [])
        let actions = session.received(
            Self.frame("log/data", [("Log-Level", "6"), ("User-Data", uuid)], body: text)
        )
        #expect(actions == (isShown ? [.log(.info, "\(uuid) line\n")] : []))
    }
}

extension ConsoleSession.Action {
    /// Whether the switch is asked for something that it answers with a body.
    fileprivate var asks: Bool {
        guard case .send(let text) = self else { return false }
        return text.hasPrefix("api ")
    }
}

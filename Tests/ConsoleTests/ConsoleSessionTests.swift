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

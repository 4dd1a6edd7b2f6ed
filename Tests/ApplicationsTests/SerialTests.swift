import Glibc
import MediaEngine
import SwitchCore
import TandemTesting
import Testing

/// `mutex`, `queue_dtmf`, `session_loglevel`, `page`.
struct SerialTests {
    private static func locked(_ lines: [(String, String)] = []) -> String {
        Actions.extension("1", lines + [("mutex", "door"), ("set", "inside=yes"), ("park", "")])
            + Actions.extension("2", [("set", "orbit=yes"), ("park", "")])
            + Actions.extension("3", [("mutex", "door"), ("mutex", "door off"), ("set", "outside=yes"), ("park", "")])
            + Actions.extension("4", [("mutex", "window"), ("set", "inside=yes"), ("park", "")])
    }

    /// Calls go in one after the other, in the order in which they came, however the one before goes away.
    @Test(arguments: ["hang up", "transfer the next away", "another key"])
    func letsOneInAtATime(_ story: String) throws {
        let exchange = try TestSwitch(Self.locked())
        let calls = try (1...3).map { _ in try exchange.call("1") }
        func inside() -> [Bool] { calls.map { exchange.variable("inside", of: $0) == "yes" } }
        #expect(inside() == [true, false, false])
        switch story {
        case "hang up":
            calls[0].requestHangUp(.normalClearing)
            exchange.loop.runQueued()
            #expect(inside() == [true, true, false])
            calls[1].requestHangUp(.normalClearing)
            exchange.loop.runQueued()
            #expect(inside() == [true, true, true])
        case "transfer the next away":
            #expect(exchange.command("uuid_transfer \(calls[1].id) 2") == "+OK\n")
            calls[0].requestHangUp(.normalClearing)
            exchange.loop.runQueued()
            #expect(inside() == [true, false, true])
        default:
            let other = try exchange.call("4")
            #expect(exchange.variable("inside", of: other) == "yes")
        }
    }

    /// Who hangs up while the name is made out does not hold it; who hangs up while holding several frees all.
    @Test func holdsNothingAfterTheEnd() throws {
        let lines = [("mutex", "window"), ("mutex", "door ${msleep(2500)}"), ("park", "")]
        let exchange = try TestSwitch(Self.locked() + Actions.extension("5", lines))
        let call = try exchange.call("5")
        exchange.loop.advance(by: .seconds(1))
        call.requestHangUp(.normalClearing)
        exchange.loop.advance(by: .seconds(5))
        #expect(exchange.softswitch.sessions.count == 0)
        for number in ["1", "4"] { #expect(exchange.variable("inside", of: try exchange.call(number)) == "yes") }
    }

    @Test func letsGo() throws {
        let exchange = try TestSwitch(Self.locked())
        let first = try exchange.call("3")
        let second = try exchange.call("1")
        #expect(exchange.variable("outside", of: first) == "yes")
        #expect(exchange.variable("inside", of: second) == "yes")
    }

    /// Who waits too long goes where its variables say, or on.
    @Test(
        arguments: [
            ([("set", "mutex_orbit_exten=2"), ("set", "mutex_orbit_dialplan=XML")], 59, nil, nil),
            ([("set", "mutex_orbit_exten=2")], 61, nil, "yes"), ([("set", "mutex_timeout=5")], 4, nil, nil),
            ([("set", "mutex_timeout=5")], 6, "yes", nil),
            ([("set", "mutex_timeout=5"), ("set", "mutex_orbit_exten=2")], 6, nil, "yes"), ([], 600, nil, nil),
            ([("set", "mutex_timeout=5"), ("set", "mutex_feedback=silence")], 6, "yes", nil),
        ] as [([(String, String)], Int, String?, String?)]
    )
    func waitsForSoLong(_ lines: [(String, String)], _ seconds: Int, _ inside: String?, _ orbit: String?) throws {
        let exchange = try TestSwitch(Self.locked(lines))
        let holder = try exchange.call("1")
        let call = try exchange.call("1")
        exchange.loop.advance(by: .seconds(seconds))
        #expect(exchange.variable("inside", of: holder) == "yes")
        #expect(exchange.variable("inside", of: call) == inside)
        #expect(exchange.variable("orbit", of: call) == orbit)
        #expect(exchange.variable("hangup_cause", of: call) == nil)
        for call in [call, holder] { call.requestHangUp(.normalClearing) }
        exchange.loop.runQueued()
        #expect([exchange.softswitch.sessions.count, exchange.loop.pendingTimers] == [0, 0])
    }

    /// Keys that are queued are there for who collects them, or go to whom the call is bridged with.
    @Test func queuesKeys() throws {
        let call = try CallerFixture(["answer", "queue_dtmf 12#@100", "read 1 4 silence d 1000 #", "park"])
        call.advance(2)
        #expect(call.variable("d") == "12")
        // A leg that drops keys runs this in their place.
        let leg =
            "{origination_uuid=leg,null_enable_auto_answer=true,drop_dtmf=true,drop_dtmf_masking_file=set::heard=yes}null/x"
        let bridged = try CallerFixture(["answer", "queue_dtmf 7", "bridge \(leg)"])
        #expect(bridged.exchange.loop.runUntil { bridged.variable("heard", of: "leg") == "yes" })
        let (caller, other) = (bridged.caller, try #require(bridged.softswitch.sessions["leg"]))
        #expect(bridged.exchange.run { await caller.digits } == [])
        _ = bridged.exchange.run { await other.setVariable("heard", nil) }
        _ = bridged.exchange.run { await caller.execute("queue_dtmf", "8") }
        #expect(bridged.exchange.loop.runUntil { bridged.variable("heard", of: "leg") == "yes" })
    }

    @Test(arguments: [("0", false), ("debug", true), ("DEBUG", true), ("err", false)])
    func limitsTheLog(_ level: String, _ isHeard: Bool) throws {
        let log = LogCapture()
        _ = try CallerFixture(["session_loglevel \(level)", "log INFO something said", "park"], log: log)
        #expect(log.lines.contains { $0.hasPrefix("something said") } == isHeard)
    }

    @Test func refusesLevelsThatAreNone() throws {
        let log = LogCapture()
        let call = try CallerFixture(["session_loglevel loud", "set after=yes", "park"], log: log)
        #expect(log.lines.contains { $0.contains("no such log level: loud") })
        #expect(call.variable("after") == "yes")
    }

    /// What is said is played to everybody; who says it need not wait.
    @Test func pages() throws {
        let call = try CallerFixture([
            "answer", "set page_beep=silence_stream://20", "set page_record_limit=1", "set page_exten=park",
            "page {origination_uuid=a,null_enable_auto_answer=true}null/a:_:{origination_uuid=b,null_enable_auto_answer=true}null/b",
            "set after=yes", "park",
        ])
        #expect(call.exchange.loop.runUntil { call.variable("page_file", of: "b") != nil })
        let path = "/tmp/\(call.caller.id).wav"
        #expect(call.variable("page_file", of: "a") == path && call.variable("page_file", of: "b") == path)
        #expect(call.variable("after") == "yes" && access(path, F_OK) == 0)
        for leg in ["a", "b"] { call.hangUp(leg) }
        #expect(call.exchange.loop.runUntil { access(path, F_OK) != 0 })
    }

    /// A recording that fails leaves no file behind, and nobody is called.
    @Test func pagesNothing() throws {
        let directory = RecordedSound().path
        defer { rmdir(directory) }
        try #require(mkdir(directory, 0o700) == 0)
        let (log, lines) = (LogCapture(), ["set_global temp_dir=\(directory)", "set page_beep=/nowhere/beep.wav"])
        let call = try CallerFixture(lines + ["sleep 1000", "page null/a", "set after=yes", "park"], log: log)
        // What the recording had written when it failed.
        let path = "\(directory)/\(call.caller.id).wav"
        if let file = fopen(path, "w") { fclose(file) }
        #expect(access(path, F_OK) == 0)
        call.advance(1)
        #expect(call.exchange.loop.runUntil { call.variable("after") == "yes" })
        #expect(log.lines.contains { $0.contains("/nowhere/beep.wav") } && access(path, F_OK) != 0)
        #expect(call.softswitch.sessions.count == 2)
    }

    /// So many at a time, with a file that is there already.
    @Test func pagesInTurns() throws {
        let file = try #require(SoundFixture())
        let call = try CallerFixture([
            "set page_path=\(file.path)", "set page_chunk_size=1", "set page_exten=park",
            "page {origination_uuid=a,null_enable_auto_answer=true}null/a:_:{origination_uuid=b,null_enable_auto_answer=true}null/b",
            "park",
        ])
        #expect(call.exchange.loop.runUntil { call.exchange.command("uuid_exists a") == "true" })
        #expect(call.exchange.command("uuid_exists b") == "false")
        call.hangUp("a")
        #expect(call.exchange.loop.runUntil { call.exchange.command("uuid_exists b") == "true" })
        #expect(file.exists)
    }

    /// Whom to call, and where they go then, may stand in variables.
    @Test(arguments: [("default", "2"), ("nowhere", nil)] as [(String, String?)])
    func pagesByVariables(_ context: String, _ other: String?) throws {
        let file = try #require(SoundFixture())
        let call = try CallerFixture([
            "set page_path=\(file.path)", "set page_data={origination_uuid=a}null/a", "set page_exten=2",
            "set page_dp=XML", "set page_context=\(context)", "page", "park",
        ])
        #expect(call.exchange.loop.runUntil { call.variable("page_file", of: "a") != nil })
        call.exchange.loop.runQueued()
        #expect(call.variable("other", of: "a") == other)
        call.hangUp("a")
        #expect(call.leftoversAfterFiles() == [0, 0])
        #expect(file.exists)
    }

    /// The command, whose settings stand in brackets.
    @Test func pagesByCommand() throws {
        let file = try #require(SoundFixture())
        let exchange = try TestSwitch("")
        let legs =
            "{origination_uuid=a,null_enable_auto_answer=true}null/a:_:{origination_uuid=b,null_enable_auto_answer=true}null/b"
        let settings = "page_path=\(file.path),page_exten=park,page_chunk_size=1"
        #expect(exchange.answer("page (\(settings))<x=y>\(legs)") == "+OK\n")
        #expect(exchange.loop.runUntil { exchange.command("uuid_getvar a page_file") == file.path })
        #expect(exchange.command("uuid_getvar a x") == "y" && exchange.command("uuid_exists b") == "false")
        exchange.softswitch.sessions["a"]?.requestHangUp(.normalClearing)
        #expect(exchange.loop.runUntil { exchange.command("uuid_exists b") == "true" })
        exchange.softswitch.sessions["b"]?.requestHangUp(.normalClearing)
        exchange.loop.runQueued()
        #expect(exchange.softswitch.sessions.count == 0 && file.exists)
    }

    @Test(arguments: [
        ("page", "-ERR page_path is missing\n"),
        ("page (page_path=/nowhere/x.wav)null/a", "-ERR there is no file /nowhere/x.wav\n"),
        (
            "page (page_path=/nowhere/x.wav)",
            "-USAGE: (var1=val1,var2=val2)<var1=val1,var2=val2><chan1>[:_:<chanN>]\n"
        ),
    ])
    func pagesNobodyByCommand(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch("").answer(line) == answer)
    }

    @Test(arguments: ["page", "page <a=b>"])
    func pagesNobody(_ line: String) throws {
        let log = LogCapture()
        let call = try CallerFixture([line, "set after=yes", "park"], log: log)
        #expect(log.lines.contains { $0.contains("page needs somebody to call") })
        #expect(call.variable("after") == "yes")
    }

    /// A file that is gone with the test.
    private final class SoundFixture {
        private let file = RecordedSound()

        var path: String { file.path }
        var exists: Bool { file.exists }

        init?() {
            guard let sink = fopen(file.path, "w") else { return nil }
            fclose(sink)
        }
    }
}

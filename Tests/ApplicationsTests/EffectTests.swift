import MediaEngine
import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// What applications bring about, where a call that goes on shows nothing of it.
struct EffectTests {
    // MARK: - Files

    /// What is in a directory that has one file, after applications that name it `DIR`.
    @Test(
        arguments: [
            ("log INFO nothing", ["file"]), ("mkdir DIR/one", ["file", "one"]),
            ("mkdir DIR/one/two/three", ["file", "one"]), ("mkdir DIR/file", ["file"]),
            ("rename DIR/file DIR/other", ["other"]), ("rename DIR/none DIR/other", ["file"]),
            ("rename DIR/file", ["file"]),
        ]
    )
    func changesFiles(_ line: String, _ names: [String]) throws {
        let directory = TemporaryDirectory()
        directory.write("text", to: "file")
        let call = try CallerFixture([line.replacing("DIR", with: directory.path), "set after=yes", "park"])
        #expect(call.exchange.loop.runUntil { call.variable("after") == "yes" })
        #expect(directory.names() == names)
        #expect(directory.text(names.first ?? "") == "text")
        #expect(directory.names("one/two") == (line.hasSuffix("three") ? ["three"] : []))
    }

    // MARK: - Variables

    @Test(
        arguments: [
            ("log INFO nothing", ["1", "2", "3"]), ("multiunset a b", [nil, nil, "3"]),
            ("multiunset c", ["1", "2", nil]), ("multiunset ^^;a;c", [nil, "2", nil]), ("multiunset", ["1", "2", "3"]),
        ] as [(String, [String?])]
    )
    func unsets(_ line: String, _ left: [String?]) throws {
        let call = try CallerFixture(["multiset a=1 b=2 c=3", line, "park"])
        #expect(["a", "b", "c"].map { call.variable($0) } == left)
    }

    /// What the partner has of the caller's variables then.
    @Test(
        arguments: [
            ("x_one", ["1", nil, nil]), ("x_one,y", ["1", nil, "3"]), ("~x_", ["1", "2", nil]),
            ("none", [nil, nil, nil]),
        ] as [(String, [String?])]
    )
    func givesVariablesToThePartner(_ data: String, _ given: [String?]) throws {
        let call = try CallerFixture([
            "multiset x_one=1 x_two=2 y=3", "answer", "bridge [origination_uuid=leg]null/a",
        ])
        let caller = call.caller
        #expect(call.variable("bridge_uuid") == "leg")
        _ = call.exchange.run { await caller.execute("transfer_vars", data) }
        #expect(["x_one", "x_two", "y"].map { call.variable($0, of: "leg") } == given)
        #expect(call.leftovers() == [0, 0])
    }

    // MARK: - Presence

    @Test(
        arguments: [
            (
                "in 1000@example.org busy On the phone", EventName.presenceIn,
                ["from": "1000@example.org", "rpid": "busy", "status": "On the phone", "proto": "any"]
            ),
            ("OUT 1000 open Away", .presenceOut, ["login": "1000", "rpid": "open", "status": "Away"]),
            (
                "available Available", .presenceIn,
                ["from": "1001@example.org", "rpid": "available", "status": "Available", "proto": "any"]
            ),
            (
                "busy 'On the phone' 1002@example.org", .presenceIn,
                ["from": "1002@example.org", "rpid": "busy", "status": "On the phone"]
            ),
        ] as [(String, EventName, [String: String])]
    )
    func tellsPresence(_ data: String, _ name: EventName, _ headers: [String: String]) throws {
        let call = try CallerFixture(["set presence_id=1001@example.org", "park"])
        let events = call.softswitch.events.subscribe(to: [.presenceIn, .presenceOut]) {}
        let caller = call.caller
        _ = call.exchange.run { await caller.execute("presence", data) }
        let told = events.takeAll()
        try #require(told.count == 1)
        #expect(told[0].name == name && told[0]["Unique-ID"] == caller.id)
        for (header, value) in headers { #expect(told[0][header] == value, "\(header)") }
    }

    // MARK: - Keys

    /// Keys that were pressed before are there for who collects them, unless they were forgotten.
    @Test(arguments: [("log INFO nothing", "123"), ("flush_dtmf", "3")])
    func forgetsKeys(_ line: String, _ collected: String) throws {
        let call = try CallerFixture(["answer", "sleep 1000", line, "read 1 4 silence digits 1000 #", "park"])
        _ = call.exchange.command("uuid_recv_dtmf \(call.caller.id) 12")
        call.advance(1)
        _ = call.exchange.command("uuid_recv_dtmf \(call.caller.id) 3#")
        call.advance(2)
        #expect(call.variable("digits") == collected)
        #expect(call.leftovers() == [0, 0])
    }

    /// Keys that are nobody else's business are collected, and told to nobody.
    @Test(arguments: [("", ["1", "2", "#"]), ("false", ["1", "2", "#"]), ("true", [])])
    func hidesSensitiveKeys(_ setting: String, _ told: [String]) throws {
        let call = try CallerFixture([
            "answer", "set sensitive_dtmf=\(setting)", "read 1 4 silence digits 1000 #", "park",
        ])
        let events = call.softswitch.events.subscribe(to: [.dtmf]) {}
        let id = call.caller.id
        _ = call.exchange.command("uuid_recv_dtmf \(id) 12#")
        call.advance(2)
        #expect(call.variable("digits") == "12")
        let keys = events.takeAll().filter { $0["Unique-ID"] == id }.compactMap { $0["DTMF-Digit"] }
        #expect(keys == told)
        #expect(call.leftovers() == [0, 0])
    }

    /// What is set of a jitter buffer can be paused; where there is none, or none any more, nothing can.
    @Test(
        arguments: [
            ("log INFO nothing", false), ("jitterbuffer 60", true), ("jitterbuffer 60:200", true),
            ("jitterbuffer much", false),
        ]
    )
    func setsJitterBuffers(_ line: String, _ isSet: Bool) throws {
        let call = try CallerFixture(["answer", line, "park"])
        let pause = "uuid_jitterbuffer \(call.caller.id) pause"
        #expect(call.exchange.command(pause) == (isSet ? "+OK Success\n" : "-ERR Operation failed\n"))
        let caller = call.caller
        _ = call.exchange.run { await caller.execute("jitterbuffer", "0") }
        #expect(call.exchange.command(pause) == "-ERR Operation failed\n")
        #expect(call.leftovers() == [0, 0])
    }

    // MARK: - Speech

    /// An engine that notes what it is to speak, and has a file for it.
    private final class Speaker: SpeechEngine {
        let texts = Mutex<[String]>([])
        private let path: String

        init(_ path: String) { self.path = path }

        func sound(of text: String, voice: String?) async throws(SayError) -> String {
            texts.withLock { $0.append("\(voice ?? "-"): \(text)") }
            return path
        }
    }

    @Test(
        arguments: [
            ([], "test|ann|Hello there", "ann: Hello there"),
            (["set tts_engine=test", "set tts_voice=bob"], "Hello there", "bob: Hello there"),
            (["set tts_engine=test"], "Hello there", "-: Hello there"),
            (["set tts_engine=none"], "test|ann|a|b", "ann: a|b"),
        ] as [([String], String, String)]
    )
    func speaks(_ settings: [String], _ data: String, _ spoken: String) throws {
        let call = try CallerFixture(settings + ["answer", "park"])
        let speaker = Speaker("silence_stream://100")
        call.softswitch.speechEngines.register(speaker, as: "test")
        let caller = call.caller
        _ = call.exchange.run { await caller.broadcast("speak", data) }
        #expect(call.exchange.loop.runUntil { call.variable("playback_samples") != nil })
        #expect(call.variable("playback_samples") == "800")
        #expect(speaker.texts.withLock { $0 } == [spoken])
        #expect(call.leftovers() == [0, 0])
    }
}

/// What applications bring about in the audio, which runs in real time.
@Suite(.serialized) struct HeardEffectTests {
    /// The partner waits with music until the key; then both are together again, and the key is gone.
    @Test(arguments: [(CallAudio.tone, true), ("silence", false)])
    func holdsSoftly(_ music: String, _ isLoud: Bool) throws {
        let file = RecordedSound()
        let call = try CallerFixture(["answer", "bridge [origination_uuid=leg]null/a", "park"])
        let (caller, exchange) = (call.caller, call.exchange)
        let leg = try #require(call.softswitch.sessions["leg"])
        func isTogether() -> Bool? { exchange.run { await caller.media?.isBridged } ?? nil }
        #expect(isTogether() == true)
        _ = exchange.run { await caller.broadcast("soft_hold", "# \(music)") }
        #expect(isTogether() == false)
        let path = file.path
        exchange.run {
            let only = RecordingRequest(path, seconds: "1", variables: "{RECORD_WRITE_ONLY=true}")
            try? await leg.startRecording(only)
        }
        #expect(exchange.loop.runUntil { call.variable("record_completion_cause", of: "leg") != nil })
        let level = try file.level(in: exchange)
        #expect((level > CallAudio.loudness) == isLoud, "\(level)")
        _ = exchange.command("uuid_recv_dtmf \(caller.id) 5#")
        #expect(exchange.loop.runUntil { isTogether() == true })
        #expect(call.variable("bridge_uuid") == "leg")
        #expect(exchange.run { await caller.digits.contains("#") } == false)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }
}

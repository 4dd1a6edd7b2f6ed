import MediaEngine
import SwitchCore
import TandemTesting
import Testing

/// What is recorded, displaced, listened to and changed beside what a call does; the audio runs in real time.
@Suite(.serialized) struct ListeningTests {
    /// How a recording ends, and which variable tells of it.
    @Test(
        arguments: [
            (["record_session PATH +1"], "record_completion_cause", "success-maxtime"),
            (["record_session PATH +1"], "record_seconds", "1"),
            (["record_session PATH +1"], "record_samples", "8000"),
            (["set RECORD_MIN_SEC=2", "record_session PATH +1"], "record_completion_cause", "input-too-short"),
            (["set RECORD_MIN_SEC=2", "record_session PATH +1"], "RECORD_DISCARDED", "true"),
            (["record_session PATH +1 {RECORD_MIN_SEC=2,x=y}"], "record_completion_cause", "input-too-short"),
            (["record_session PATH {RECORD_INITIAL_TIMEOUT_MS=100}"], "record_completion_cause", "no-input-timeout"),
            (
                ["record_session PATH {RECORD_FINAL_TIMEOUT_MS=100}", "playback tone_stream://%(100,0,440)"],
                "record_completion_cause", "success-silence"
            ),
            (
                [
                    "set RECORD_TOGGLE_ON_REPEAT=true", "record_session PATH {RECORD_BRIDGE_REQ=true}",
                    "record_session PATH",
                ],
                "record_completion_cause", "empty-file"
            ),
            (
                ["record_session PATH {RECORD_BRIDGE_REQ=true}", "stop_record_session all"],
                "record_completion_cause", "empty-file"
            ),
            (["set execute_on_record_stop=set stopped=yes", "record_session PATH +1"], "stopped", "yes"),
            (["set execute_on_record_start=set started=yes", "record_session PATH +1"], "started", "yes"),
            (
                ["set record_post_process_exec_api=uuid_setvar:${uuid} posted yes", "record_session PATH +1"],
                "posted", "yes"
            ),
            (["set record_post_process_exec_app=set:posted=yes", "record_session PATH +1"], "posted", "yes"),
            (["record_session /proc/nothing/there.wav"], "record_completion_cause", "uri-failure"),
            (["record_session /proc/nothing/there.wav", "set after=yes"], "after", "yes"),
            (
                ["record_session /proc/nothing/there.wav {RECORD_HANGUP_ON_ERROR=true}"], "hangup_cause",
                "DESTINATION_OUT_OF_ORDER"
            ),
            // What is not loud enough is silence.
            (
                [
                    "record_session PATH {RECORD_INITIAL_TIMEOUT_MS=100,RECORD_SILENCE_THRESHOLD=30000}",
                    "playback \(CallAudio.tone)",
                ], "record_completion_cause", "no-input-timeout"
            ),
        ] as [([String], String, String)]
    )
    func recordsBesides(_ lines: [String], _ name: String, _ value: String) throws {
        let file = RecordedSound()
        let call = try CallerFixture(["answer"] + lines.map { $0.replacing("PATH", with: file.path) } + ["park"])
        #expect(call.exchange.loop.runUntil { call.variable(name) != nil })
        #expect(call.variable(name) == value)
        #expect(call.leftoversAfterFiles() == [0, 0])
        #expect(file.exists == (call.variable("RECORD_DISCARDED") == nil && !lines[0].contains("/proc")))
    }

    /// What commands do to a recording, and whether something is heard in it.
    @Test(
        arguments: [
            (["uuid_record % start PATH 1"], true),
            (["uuid_record % start PATH 1", "uuid_record % mask PATH"], false),
            (["uuid_record % start PATH 1", "uuid_record % mask PATH", "uuid_record % unmask PATH"], true),
            (["uuid_record % start PATH 1 {RECORD_READ_ONLY%3Dtrue}"], false),
            (["uuid_audio % start write mute 1", "uuid_record % start PATH 1"], false),
            (["uuid_audio % start write mute 1", "uuid_audio % stop", "uuid_record % start PATH 1"], true),
            (["uuid_audio % start write level -4", "uuid_record % start PATH 1"], false),
            (
                ["uuid_audio % start write mute 1", "uuid_audio % start write level 1", "uuid_record % start PATH 1"],
                false
            ),
            (
                [
                    "uuid_audio % start write level -4", "uuid_audio % start write mute 1",
                    "uuid_audio % start write mute 0", "uuid_record % start PATH 1",
                ], false
            ),
            (["uuid_fileman % volume:-4", "uuid_record % start PATH 1"], false),
            (["uuid_fileman % volume:-4", "uuid_fileman % volume:+4", "uuid_record % start PATH 1"], true),
            (["uuid_fileman % pause", "uuid_record % start PATH 1"], false),
            (["uuid_fileman % pause", "uuid_fileman % pause", "uuid_record % start PATH 1"], true),
            (["uuid_fileman % seek:+100", "uuid_fileman % restart", "uuid_record % start PATH 1"], true),
            (["uuid_audio % start read mute 1", "uuid_record % start PATH 1"], true),
            (["uuid_park % ", "uuid_record % start PATH 1"], false),
            (["uuid_park % ", "uuid_displace % start \(CallAudio.tone)", "uuid_record % start PATH 1"], true),
            (["uuid_park % ", "uuid_displace % start \(CallAudio.tone) 9 mux", "uuid_record % start PATH 1"], true),
            (
                [
                    "uuid_park % ", "uuid_displace % start \(CallAudio.tone)", "uuid_displace % stop \(CallAudio.tone)",
                    "uuid_record % start PATH 1",
                ], false
            ),
        ] as [([String], Bool)]
    )
    func commandsAreHeard(_ lines: [String], _ isLoud: Bool) throws {
        let file = RecordedSound()
        let call = try CallerFixture(["answer", "playback \(CallAudio.tone)"])
        for line in lines {
            let line = line.replacing(" % ", with: " \(call.caller.id) ").replacing("PATH", with: file.path)
            #expect(call.exchange.answer(line).hasPrefix("+OK"), "\(line)")
        }
        #expect(call.exchange.loop.runUntil { call.variable("record_completion_cause") != nil })
        let level = try file.level(in: call.exchange)
        #expect((level > CallAudio.loudness) == isLoud, "\(level)")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// The answers of `uuid_record`: FreeSWITCH's, which scripts compare.
    @Test func commandsTellOfRecordings() throws {
        let file = RecordedSound()
        let call = try CallerFixture(["answer", "park"])
        let steps: [(words: String, answer: String)] = [
            ("stop PATH", "-ERR Cannot stop record session!\n"), ("stop all", "-ERR Cannot stop record session!\n"),
            ("mask PATH", "-ERR Cannot mask recording session!\n"),
            ("unmask PATH", "-ERR Cannot unmask recording session!\n"),
            ("pause PATH", "-ERR Cannot pause recording session!\n"),
            ("resume PATH", "-ERR Cannot resume recording session!\n"),
            (
                "start /proc/nothing/there.wav",
                "-ERR Cannot record session! cannot record to /proc/nothing/there.wav: System error : No such file or directory.\n"
            ),
            (
                "start PATH.xyz",
                "-ERR Cannot record session! cannot record to PATH.xyz: unknown format\n"
            ), ("start PATH", "+OK Success\n"),
            ("start PATH", "+OK Success\n"), ("PAUSE PATH", "+OK Success\n"), ("resume PATH", "+OK Success\n"),
            ("mask PATH", "+OK Success\n"), ("unmask PATH", "+OK Success\n"), ("stop PATH", "+OK Success\n"),
            ("stop PATH", "-ERR Cannot stop record session!\n"), ("start PATH", "+OK Success\n"),
            ("stop all", "+OK Success\n"),
        ]
        for (words, answer) in steps {
            let line = "uuid_record \(call.caller.id) \(words.replacing("PATH", with: file.path))"
            #expect(call.exchange.answer(line) == answer.replacing("PATH", with: file.path), "\(words)")
        }
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// What cannot be heard is refused with the reason, and is not among what is heard.
    @Test(arguments: [
        ("/no/such/file.wav", "cannot play /no/such/file.wav: "), ("tone_stream://nonsense(", "cannot play "),
        ("\(CallAudio.tone) 5 r", "nobody is there to hear \(CallAudio.tone)"),
    ])
    func refusesToDisplace(_ words: String, _ reason: String) throws {
        let call = try CallerFixture(["answer", "displace_session /no/such/file.wav", "set after=yes", "park"])
        #expect(call.exchange.loop.runUntil { call.variable("after") == "yes" })
        let answer = call.exchange.answer("uuid_displace \(call.caller.id) start \(words)")
        #expect(answer.hasPrefix("-ERR Cannot displace session! \(reason)") && answer.hasSuffix("\n"), "\(answer)")
        #expect(call.exchange.command("uuid_buglist \(call.caller.id)") == "<media-bugs>\n</media-bugs>\n")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// A file says of itself what the variables say, once.
    @Test(arguments: ["record_session PATH +1", "record PATH 1"])
    func recordingsHaveTitles(_ application: String) throws {
        let (file, next) = (RecordedSound(), RecordedSound())
        let call = try CallerFixture([
            "answer", "multiset ^^;RECORD_TITLE=The title;RECORD_ARTIST=Ann",
            application.replacing("PATH", with: file.path), application.replacing("PATH", with: next.path),
            "set after=yes", "park",
        ])
        let list = "uuid_buglist \(call.caller.id)"
        let isOver = { () -> Bool in
            call.variable("after") == "yes" && call.exchange.command(list) == "<media-bugs>\n</media-bugs>\n"
        }
        #expect(call.exchange.loop.runUntil(isOver))
        #expect(call.leftoversAfterFiles() == [0, 0])
        #expect(file.contains("The title") && file.contains("Ann"))
        #expect(!next.contains("The title"))
        #expect(call.variable("RECORD_TITLE") == nil)
    }

    /// While a recording is paused, nothing is written; another one says how long that was.
    @Test(arguments: [([], false), (["record_session_resume PATH"], true)])
    func recordingsPause(_ lines: [String], _ goesOn: Bool) throws {
        let (file, clock) = (RecordedSound(), RecordedSound())
        let actions = ["record_session PATH", "record_session_pause PATH"] + lines + ["record_session CLOCK +1"]
        let call = try CallerFixture(
            ["answer"] + actions.map { $0.replacing("PATH", with: file.path).replacing("CLOCK", with: clock.path) } + [
                "park"
            ]
        )
        #expect(call.exchange.loop.runUntil { call.variable("record_seconds") == "1" })
        #expect(call.exchange.command("uuid_buglist \(call.caller.id)").contains(file.path))
        #expect(call.exchange.answer("uuid_record \(call.caller.id) stop \(file.path)") == "+OK Success\n")
        let length = Int(call.variable("record_ms") ?? "") ?? -1
        #expect((length > 500) == goesOn && length >= 0, "\(length)")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// What comes and goes is told of in the log, for as long as that is wanted.
    @Test(
        arguments: [
            (["debug_media both on"], true, true), (["debug_media read on"], true, false),
            (["debug_media all on", "debug_media read off"], false, true),
            (["debug_media both on", "debug_media both off"], false, false), (["debug_media vread on"], false, false),
        ]
    )
    func mediaIsTold(_ lines: [String], _ received: Bool, _ sent: Bool) throws {
        let log = LogCapture()
        let call = try CallerFixture(["answer"] + lines + ["park"], log: log)
        let told = { (what: String) -> Bool in log.lines.contains { $0.hasPrefix("media \(what) ") } }
        // The figures come from the media's own thread; whether any are asked for, the clock decides.
        for _ in 0..<5 where !told("received") && !told("sent") {
            call.advance(1.1)
            _ = call.exchange.loop.runUntil(
                { told("received") || told("sent") },
                waitingAtMost: received || sent ? 1 : 0
            )
        }
        #expect(told("received") == received && told("sent") == sent)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// What the far end says comes back to it, later.
    @Test(arguments: ["echo", "delay_echo 100"])
    func echoes(_ application: String) throws {
        let file = RecordedSound()
        let call = try CallerFixture(["answer", application])
        let far = try call.farEnd()
        far.say(CallAudio.tone, in: call.exchange)
        let line = "uuid_record \(far.id) start \(file.path) 1 {RECORD_READ_ONLY%3Dtrue}"
        #expect(call.exchange.answer(line) == "+OK Success\n")
        #expect(call.exchange.loop.runUntil { call.variable("record_completion_cause", of: far.id) != nil })
        #expect(try file.level(in: call.exchange) > CallAudio.loudness)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// The call ends first: the file is complete, and the variables are there for whoever accounts for the call.
    @Test func aRecordingEndsWithItsCall() throws {
        let file = RecordedSound()
        let call = try CallerFixture([
            "answer", "set execute_on_record_start=set started=yes", "record_session \(file.path)", "park",
        ])
        #expect(call.exchange.loop.runUntil { call.variable("started") != nil })
        #expect(call.leftoversAfterFiles() == [0, 0])
        #expect(call.variable("record_completion_cause") != nil)
        // Where the machine was too busy to record anything, there is no file of nothing.
        #expect(file.exists == (call.variable("RECORD_DISCARDED") == nil))
    }

    /// Two channels for two directions; appending makes one file of two recordings.
    @Test(
        arguments: [
            (["record_session PATH +1"], 1), (["set RECORD_STEREO=true", "record_session PATH +1"], 2),
            (["set RECORD_STEREO_SWAP=true", "record_session PATH +1"], 2),
        ] as [([String], Int)]
    )
    func hasChannels(_ lines: [String], _ channels: Int) throws {
        let file = RecordedSound()
        let call = try CallerFixture(["answer"] + lines.map { $0.replacing("PATH", with: file.path) } + ["park"])
        #expect(call.exchange.loop.runUntil { call.variable("record_completion_cause") != nil })
        #expect(file.channels == channels)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    @Test(arguments: [("", 8000), (" {record_sample_rate=16000}", 16_000)])
    func hasARate(_ variables: String, _ rate: Int) throws {
        let file = RecordedSound()
        let call = try CallerFixture(["answer", "record_session \(file.path) +1\(variables)", "park"])
        #expect(call.exchange.loop.runUntil { call.variable("record_completion_cause") != nil })
        #expect(file.rate == rate)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// What is recorded comes behind what is there already, or in its place.
    @Test(arguments: [("true", "16000"), ("false", "8000")])
    func recordingsAppend(_ setting: String, _ samples: String) throws {
        let file = RecordedSound()
        let call = try CallerFixture([
            "answer", "record \(file.path) 1", "record_session \(file.path) +1 {RECORD_APPEND=\(setting)}", "park",
        ])
        #expect(call.exchange.loop.runUntil { call.variable("record_completion_cause") == "success-maxtime" })
        #expect(call.exchange.answer("uuid_broadcast \(call.caller.id) \(file.path) aleg") == "+OK Message sent\n")
        #expect(call.exchange.loop.runUntil { call.variable("playback_samples") != nil })
        #expect(call.variable("playback_samples") == samples)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// Before the answer, and without a bridge, there is nothing in what waits for them; another one says how long that was.
    @Test(
        arguments: [
            ("pre_answer", "RECORD_ANSWER_REQ", false), ("answer", "RECORD_ANSWER_REQ", true),
            ("answer", "RECORD_BRIDGE_REQ", false), ("pre_answer", "x", true),
        ]
    )
    func recordingsWait(_ application: String, _ requirement: String, _ isRecorded: Bool) throws {
        let (file, clock) = (RecordedSound(), RecordedSound())
        let call = try CallerFixture([
            application, "record_session \(file.path) {\(requirement)=true}", "record_session \(clock.path) +1",
            "park",
        ])
        #expect(call.exchange.loop.runUntil { call.variable("record_seconds") == "1" })
        #expect(call.exchange.answer("uuid_record \(call.caller.id) stop \(file.path)") == "+OK Success\n")
        let length = Int(call.variable("record_ms") ?? "") ?? -1
        #expect((length > 500) == isRecorded && length >= 0, "\(length)")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// A call that its partner records already is recorded once, where that is wanted.
    @Test(arguments: [("true", false), ("false", true)])
    func recordingsOfPartnersCount(_ setting: String, _ isBegun: Bool) throws {
        let file = RecordedSound()
        let call = try CallerFixture(["answer", "bridge [origination_uuid=leg]null/a", "park"])
        #expect(call.exchange.answer("uuid_record leg start \(file.path)") == "+OK Success\n")
        let line = "uuid_record \(call.caller.id) start \(file.path) 9 {RECORD_CHECK_BRIDGE%3D\(setting)}"
        #expect(call.exchange.answer(line) == "+OK Success\n")
        #expect(call.exchange.command("uuid_buglist \(call.caller.id)").contains(file.path) == isBegun)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// Whether something is heard in what the far end was sent.
    @Test(
        arguments: [
            (["record_session PATH +1", "playback \(CallAudio.tone)"], true),
            (["record_session PATH +1", "record_session_mask PATH", "playback \(CallAudio.tone)"], false),
            (
                [
                    "record_session PATH +1", "record_session_mask PATH", "record_session_unmask PATH",
                    "playback \(CallAudio.tone)",
                ], true
            ),
            (["record_session PATH +1 {RECORD_READ_ONLY=true}", "playback \(CallAudio.tone)"], false),
            (["record_session PATH +1 {RECORD_WRITE_ONLY=true}", "playback \(CallAudio.tone)"], true),
            (["set_mute write true", "record_session PATH +1", "playback \(CallAudio.tone)"], false),
            (
                [
                    "set_mute write true", "set_mute write false", "record_session PATH +1",
                    "playback \(CallAudio.tone)",
                ], true
            ),
            (["set_audio_level both -4", "record_session PATH +1", "playback \(CallAudio.tone)"], false),
            (["set_audio_level write 4", "record_session PATH +1", "playback \(CallAudio.tone)"], true),
            (["record_session PATH +1", "displace_session \(CallAudio.tone)"], true),
            (["record_session PATH +1", "displace_session \(CallAudio.tone) m"], true),
            (["record_session PATH +1", "displace_session tone_stream://v=-10;%(100,0,440) l"], true),
            (["record_session PATH +1", "displace_session tone_stream://v=-10;%(50,0,440)"], false),
            (
                [
                    "displace_session \(CallAudio.tone)", "stop_displace_session \(CallAudio.tone)",
                    "record_session PATH +1",
                ], false
            ),
            (["displace_session \(CallAudio.tone) r", "record_session PATH +1"], false),
        ] as [([String], Bool)]
    )
    func isHeard(_ lines: [String], _ isLoud: Bool) throws {
        let file = RecordedSound()
        let call = try CallerFixture(["answer"] + lines.map { $0.replacing("PATH", with: file.path) } + ["park"])
        #expect(call.exchange.loop.runUntil { call.variable("record_completion_cause") != nil })
        let level = try file.level(in: call.exchange)
        #expect((level > CallAudio.loudness) == isLoud, "\(level)")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// A sound that takes the place of one that the channel plays leaves that alone.
    @Test(arguments: ["", " 9 mux"]) func displacementsEndNothing(_ options: String) throws {
        let call = try CallerFixture(["answer", "playback tone_stream://%(600,0,440)", "park"])
        #expect(
            call.exchange.answer("uuid_displace \(call.caller.id) start \(CallAudio.tone)\(options)") == "+OK Success\n"
        )
        #expect(call.exchange.loop.runUntil { call.variable("playback_samples") != nil })
        #expect(call.variable("playback_samples") == "4800")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// While a call is paused nothing is heard; what it plays goes on.
    @Test(arguments: [(["on"], false), (["on", "off"], true)]) func pausesAreSilent(_ words: [String], _ isLoud: Bool)
        throws
    {
        let file = RecordedSound()
        let call = try CallerFixture(["answer", "playback \(CallAudio.tone)"])
        for word in words { #expect(call.exchange.command("uuid_pause \(call.caller.id) \(word)") == "") }
        #expect(call.exchange.answer("uuid_record \(call.caller.id) start \(file.path) 1") == "+OK Success\n")
        #expect(call.exchange.loop.runUntil { call.variable("record_completion_cause") != nil })
        let level = try file.level(in: call.exchange)
        #expect((level > CallAudio.loudness) == isLoud, "\(level)")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// What a listener does, and who of a call hears what he says: the one that is listened to, its partner.
    @Test(
        arguments: [
            ("eavesdrop", [], "", false, false), ("eavesdrop", [], "1", false, true),
            ("eavesdrop", [], "2", true, false),
            ("eavesdrop", [], "3", true, true), ("eavesdrop", [], "30", false, false),
            ("eavesdrop", ["eavesdrop_enable_dtmf=false"], "3", false, false),
            ("eavesdrop", ["eavesdrop_whisper_aleg=true"], "", false, true),
            ("eavesdrop", ["eavesdrop_whisper_bleg=true"], "", true, false), ("three_way", [], "", true, true),
            ("three_way", [], "0", true, true),
            ("native_eavesdrop", [], "", false, false), ("native_eavesdrop", [], "3", true, true),
        ] as [(String, [String], String, Bool, Bool)]
    )
    func listenersAreHeard(
        _ application: String,
        _ variables: [String],
        _ keys: String,
        _ target: Bool,
        _ partner: Bool
    ) throws {
        let files = [RecordedSound(), RecordedSound()]
        let call = try CallerFixture(["answer", "bridge {origination_uuid=partner}null/a"])
        let listener = try call.exchange.call("2")
        for variable in variables {
            let parts = variable.split(separator: "=").map(String.init)
            _ = call.exchange.command("uuid_setvar \(listener.id) \(parts[0]) \(parts[1])")
        }
        let ear = try #require(
            call.softswitch.sessions[
                call.exchange.variable("other_loopback_leg_uuid", of: listener) ?? ""
            ]
        )
        ear.say(CallAudio.tone, in: call.exchange)
        let id = call.caller.id
        _ = call.exchange.run { await listener.broadcast(application, id) }
        for key in keys { _ = call.exchange.command("uuid_recv_dtmf \(listener.id) \(key)") }
        let heard = [call.caller.id, "partner"]
        for (file, id) in zip(files, heard) {
            let session = try #require(call.softswitch.sessions[id])
            let path = file.path
            call.exchange.run {
                let only = RecordingRequest(path, seconds: "1", variables: "{RECORD_WRITE_ONLY=true}")
                try? await session.startRecording(only)
            }
        }
        #expect(
            call.exchange.loop.runUntil {
                heard.allSatisfy { call.variable("record_completion_cause", of: $0) != nil }
            }
        )
        let levels = try files.map { try $0.level(in: call.exchange) }
        #expect(levels.map { $0 > CallAudio.loudness } == [target, partner], "\(levels)")
        listener.requestHangUp(.normalClearing)
        ear.requestHangUp(.normalClearing)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// Which side of the call a listener hears.
    @Test(
        arguments: [
            ([], true), (["eavesdrop_bridge_aleg=true"], true), (["eavesdrop_bridge_bleg=true"], false),
            (["eavesdrop_require_group=sales"], false), (["eavesdrop_require_group=staff"], true),
            (["eavesdrop_require_group=support,staff"], false),
        ] as [([String], Bool)]
    )
    func listenersHear(_ variables: [String], _ isLoud: Bool) throws {
        let file = RecordedSound()
        let call = try CallerFixture(["set eavesdrop_group=support,staff", "answer", "park"])
        try call.farEnd().say(CallAudio.tone, in: call.exchange)
        let listener = try call.exchange.call("2")
        let (id, path) = (call.caller.id, file.path)
        call.exchange.run {
            for variable in variables {
                let parts = variable.split(separator: "=").map(String.init)
                await listener.setVariable(parts[0], parts[1])
            }
            await listener.broadcast("eavesdrop", id)
            let only = RecordingRequest(path, seconds: "1", variables: "{RECORD_WRITE_ONLY=true}")
            try? await listener.startRecording(only)
        }
        #expect(
            call.exchange.loop.runUntil {
                call.variable("record_completion_cause", of: listener.id) != nil
            }
        )
        let level = try file.level(in: call.exchange)
        #expect((level > CallAudio.loudness) == isLoud, "\(level)")
        listener.requestHangUp(.normalClearing)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// What a listener to all calls hears before each, and while there is none.
    @Test(arguments: [("staff", "new"), ("nobody", "idle")])
    func listenersAreTold(_ group: String, _ told: String) throws {
        let note = """
            <macro name="note"><input pattern="(.*)"><match><action function="execute" data="set(noted=$1)"/></match>
            </input></macro>
            """
        let call = try CallerFixture(["set eavesdrop_group=staff", "answer", "park"], macros: note)
        let listener = try call.exchange.call("2")
        call.exchange.run {
            await listener.setVariable("eavesdrop_require_group", group)
            await listener.setVariable("eavesdrop_indicate_new", "phrase:note:new")
            await listener.setVariable("eavesdrop_indicate_idle", "phrase:note:idle")
            await listener.broadcast("eavesdrop", "all")
        }
        #expect(call.exchange.loop.runUntil { call.variable("noted", of: listener.id) != nil })
        #expect(call.variable("noted", of: listener.id) == told)
        listener.requestHangUp(.normalClearing)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// Listening ends with a star, or with the call that is listened to; nothing of it is left.
    @Test(arguments: [true, false])
    func listeningEnds(withKey: Bool) throws {
        let call = try CallerFixture(["answer", "park"])
        let listener = try call.exchange.call("2")
        let id = call.caller.id
        call.exchange.run {
            await listener.broadcast("eavesdrop", id)
            await listener.broadcast("set", "over=yes")
        }
        #expect(call.variable("over", of: listener.id) == nil)
        if withKey {
            _ = call.exchange.command("uuid_recv_dtmf \(listener.id) *")
        } else {
            call.hangUp(id)
        }
        #expect(call.exchange.loop.runUntil { call.variable("over", of: listener.id) == "yes" })
        listener.requestHangUp(.normalClearing)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// Who has listened to many calls, or to one many times, is told of the end of the last.
    @Test func listeningEndsAfterMany() throws {
        let call = try CallerFixture(["answer", "park"])
        let listener = try call.exchange.call("2")
        let (id, rounds) = (call.caller.id, 70)
        for round in 1...rounds {
            call.exchange.run {
                await listener.broadcast("eavesdrop", id)
                await listener.broadcast("set", "over=\(round)")
            }
            // It goes on until something ends it.
            #expect(call.variable("over", of: listener.id) == (round == 1 ? nil : "\(round - 1)"))
            if round == rounds { call.hangUp(id) } else { _ = call.exchange.command("uuid_recv_dtmf \(listener.id) *") }
            #expect(call.exchange.loop.runUntil { call.variable("over", of: listener.id) == "\(round)" })
        }
        listener.requestHangUp(.normalClearing)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// A far end that is silent, one that is not, one that has to be heard first, and one that has to be heard.
    @Test(
        arguments: [
            ("wait_for_silence 200 3 0 5000", false, "false"), ("wait_for_silence 200 3 0 500", true, "true"),
            ("wait_for_silence 200 3 2 500", false, "true"), ("detect_silence 200 3 5000", false, "false"),
            ("detect_silence 200 3 500", true, "true"), ("detect_audio 200 3 5000", true, "false"),
            ("detect_audio 200 3 500", false, "true"),
        ]
    )
    func waitsForSilence(_ line: String, _ speaks: Bool, _ isTooLate: String) throws {
        let name = "\(line.prefix { $0 != " " })_timeout"
        let call = try CallerFixture(["answer", "sleep 100", line, "park"])
        if speaks { try call.farEnd().say(CallAudio.tone, in: call.exchange) }
        call.advance(0.1)
        // Only the patience of the application goes by the simulated clock.
        if isTooLate == "true" { call.advance(10) }
        #expect(call.exchange.loop.runUntil { call.variable(name) != nil })
        #expect(call.variable(name) == isTooLate)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// Which figures there are afterwards; what is still missing of the silence is none when it is there.
    @Test(
        arguments: [
            ("wait_for_silence 200 3 0 5000", false, "wait_for_silence_silence_hits", "0"),
            ("wait_for_silence 200 3 0 5000", false, "wait_for_silence_listenhits", "0"),
            ("wait_for_silence 200 100 2 500", true, "wait_for_silence_silence_hits", "100"),
            ("detect_silence 200 3 5000", false, "detect_silence_hits", nil),
            ("detect_audio 200 3 5000", false, "detect_audio_hits", nil),
            ("detect_audio 200 3 500", true, "detect_audio_hits", "0"),
        ] as [(String, Bool, String, String?)]
    )
    func countsWhatWasHeard(_ line: String, _ isTooLate: Bool, _ name: String, _ value: String?) throws {
        let call = try CallerFixture(["answer", "sleep 100", line, "set over=yes", "park"])
        if line.hasPrefix("detect_audio"), !isTooLate { try call.farEnd().say(CallAudio.tone, in: call.exchange) }
        call.advance(0.1)
        if isTooLate { call.advance(10) }
        #expect(call.exchange.loop.runUntil { call.variable("over") == "yes" })
        #expect(call.variable(name) == value)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// Keys in the audio are keys once they are listened for.
    @Test func hearsKeysInTheAudio() throws {
        let call = try CallerFixture(["answer", "start_dtmf", "read 1 1 silence digit 20000 #", "stop_dtmf", "park"])
        try call.farEnd().say("tone_stream://d=100;w=100;7", in: call.exchange)
        #expect(call.exchange.loop.runUntil { call.variable("digit") != nil })
        #expect(call.variable("digit") == "7")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }
}

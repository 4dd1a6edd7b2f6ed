import Glibc
import MediaEngine
import SwitchCore
import TandemTesting
import Testing

/// Applications that play and record; the audio itself runs in real time.
@Suite(.serialized) struct SoundTests {
    private static let tone = "tone_stream://%(100,0,440)"

    /// A path for a recording that nobody else has.
    private static func temporaryPath() -> String {
        "/tmp/tandem-test-\(getpid())-\(UInt64.random(in: 0 ... .max)).wav"
    }

    private static func play(_ lines: [String]) throws -> CallerFixture {
        let call = try CallerFixture(["answer"] + lines + ["set over=yes", "park"])
        #expect(call.exchange.loop.runUntil { call.variable("over") == "yes" })
        return call
    }

    @Test(
        arguments: [
            (["playback \(tone)"], "playback_samples", "800"), (["playback \(tone)"], "playback_ms", "100"),
            (["playback \(tone)"], "playback_last_offset_pos", "800"),
            (["playback silence_stream://100"], "playback_samples", "800"),
            (["playback {loops=2}\(tone)"], "playback_samples", "800"),
            (["loop_playback +2 \(tone)"], "playback_samples", "800"),
            (["loop_playback \(tone)"], "playback_samples", "800"),
            (["loop_playback +0 \(tone)"], "playback_samples", nil),
            (["loop_playback \(tone)", "set r=${current_application_response}"], "r", "FILE PLAYED"),
            (["loop_playback /nonexistent.wav", "set r=${current_application_response}"], "r", "FILE NOT FOUND"),
            (["endless_playback /nonexistent.wav", "set r=${current_application_response}"], "r", "FILE NOT FOUND"),
            (["gentones %(50,0,440)|2"], "playback_samples", "800"),
            (
                ["set playback_delimiter=!", "set playback_sleep_val=0", "playback \(tone)!silence_stream://20"],
                "playback_samples", "160"
            ),
            (["playback /nonexistent/file.wav", "set r=${current_application_response}"], "playback_samples", nil),
        ] as [([String], String, String?)]
    )
    func plays(_ lines: [String], _ name: String, _ value: String?) throws {
        let call = try Self.play(lines)
        #expect(call.variable(name) == value)
        #expect(call.leftovers() == [0, 0])
    }

    /// What is played on a channel of another rate is as long as it is.
    @Test(arguments: [8000, 16_000, 48_000])
    func knowsHowLongItPlayed(rate: Int) throws {
        let call = try CallerFixture(["answer", "park"])
        let (caller, exchange) = (call.caller, call.exchange)
        exchange.run {
            guard let stream = await caller.media else { return }
            let codec = MediaCodec("L16", clockRate: rate)
            stream.update(MediaParameters(codec: codec, payloadType: 97))
            await caller.attach(media: stream, codec: codec)
            await caller.broadcast("playback", Self.tone)
        }
        #expect(exchange.loop.runUntil { call.variable("playback_ms") != nil })
        #expect(call.variable("playback_ms") == "100")
        #expect(call.variable("playback_samples") == String(rate / 10))
        #expect(call.leftovers() == [0, 0])
    }

    /// A key ends it, and is known afterwards; keys that are no terminators do not.
    @Test(arguments: [("*", "set x=1", "*"), ("5", "set playback_terminators=any", "5")])
    func endsWithAKey(_ key: String, _ line: String, _ terminator: String) throws {
        let call = try CallerFixture([
            "answer", line, "playback tone_stream://%(1000,0,440);loops=-1", "set over=yes", "park",
        ])
        _ = call.exchange.command("uuid_recv_dtmf \(call.caller.id) \(key)")
        #expect(call.exchange.loop.runUntil { call.variable("over") == "yes" })
        #expect(call.variable("playback_terminator_used") == terminator)
        #expect(call.leftovers() == [0, 0])
    }

    /// What is played ends when its time is over, however often it was to be played.
    @Test(
        arguments: [
            ("playback_timeout_sec=2", "playback {loops=-1}\(tone)", "PLAYBACK ERROR"),
            ("playback_timeout_sec_cumulative=2", "playback \(CallAudio.tone)", "PLAYBACK ERROR"),
            ("playback_timeout_sec=2 playback_timeout_as_success=true", "playback \(CallAudio.tone)", "FILE PLAYED"),
            ("playback_timeout_sec=2", "endless_playback \(CallAudio.tone)", "PLAYBACK ERROR"),
        ]
    )
    func endsInTime(_ settings: String, _ line: String, _ response: String) throws {
        let call = try CallerFixture([
            "answer", "multiset \(settings)", line, "set response=${current_application_response}", "set over=yes",
            "park",
        ])
        let (caller, exchange) = (call.caller, call.exchange)
        #expect(exchange.loop.runUntil { exchange.run { await caller.isPlaying } ?? false })
        call.advance(3)
        #expect(exchange.loop.runUntil { call.variable("over") == "yes" })
        #expect(call.variable("response") == response)
        #expect(call.leftovers() == [0, 0])
    }

    /// What one sound has needed of the time that there is for all is not there for the next.
    @Test func timeIsUsedUp() throws {
        let call = try CallerFixture([
            "answer", "set playback_timeout_sec_cumulative=10", "playback \(CallAudio.tone)", "set over=yes", "park",
        ])
        let (caller, exchange) = (call.caller, call.exchange)
        #expect(exchange.loop.runUntil { exchange.run { await caller.isPlaying } ?? false })
        call.advance(4)
        _ = exchange.command("uuid_recv_dtmf \(caller.id) *")
        #expect(exchange.loop.runUntil { call.variable("over") == "yes" })
        #expect(call.variable("playback_timeout_sec_cumulative") == "6")
        #expect(call.leftovers() == [0, 0])
    }

    /// A command ends what would go on for ever, whatever it is made of.
    @Test(arguments: [
        "playback {loops=-1}\(tone)", "playback {loops=-1}phrase:tones:x", "playback {loops=-1}phrase:outer:x",
    ])
    func endsWithACommand(_ line: String) throws {
        let tones = """
            <macro name="tones"><input pattern="."><match><action function="play-file" data="\(Self.tone)"/>
              <action function="play-file" data="\(Self.tone)"/></match></input></macro>
            <macro name="outer"><input pattern="."><match><action function="phrase" phrase="tones" data="x"/>
              </match></input></macro>
            """
        let call = try CallerFixture(["answer", line, "set over=yes", "park"], macros: tones)
        let (caller, exchange) = (call.caller, call.exchange)
        // Once a sound has been played to its end; again if that was between two sounds.
        let isOver = exchange.loop.runUntil {
            if call.variable("playback_samples") == "800" {
                exchange.run { await caller.breakSounds(all: false) }
            }
            return call.variable("over") == "yes"
        }
        #expect(isOver)
        #expect(call.leftovers() == [0, 0])
    }

    /// Neither a key nor a command ends what is played again and again: it begins anew.
    @Test(arguments: ["endless_playback \(CallAudio.tone)", "loop_playback +-1 \(CallAudio.tone)"])
    func beginsAnew(_ line: String) throws {
        let call = try CallerFixture(["answer", line, "set over=yes", "park"])
        let (caller, exchange) = (call.caller, call.exchange)
        #expect(exchange.loop.runUntil { exchange.run { await caller.isPlaying } ?? false })
        let begun = call.softswitch.events.subscribe(to: [.playbackStart]) {}
        _ = exchange.command("uuid_recv_dtmf \(caller.id) *")
        #expect(begun.takeAll().isEmpty)
        exchange.run { await caller.breakSounds(all: false) }
        #expect(exchange.loop.runUntil { !begun.takeAll().isEmpty })
        #expect(call.variable("over") == nil)
        #expect(call.leftovers() == [0, 0])
    }

    /// What was recorded can be played, and is as long as it was told to be.
    @Test func recordsAndPlays() throws {
        let path = Self.temporaryPath()
        defer { unlink(path) }
        let call = try Self.play(["record \(path) 1", "playback \(path)"])
        #expect(call.variable("record_seconds") == "1")
        #expect(call.variable("record_samples") == "8000")
        #expect(call.variable("playback_samples") == "8000")
        #expect(call.leftovers() == [0, 0])
        // From the place on that is behind its name.
        let next = try Self.play(["playback \(path)@@4000"])
        #expect(Int(next.variable("playback_samples") ?? "") ?? 8000 < 8000)
        #expect(next.variable("playback_last_offset_pos") != "0")
        #expect(next.leftovers() == [0, 0])
    }

    /// A sound that is named without a path is looked for where the channel says; how long it was is known.
    @Test func findsSoundsBelowAPrefix() throws {
        let path = Self.temporaryPath()
        defer { unlink(path) }
        let name = path.dropFirst("/tmp/".count)
        let call = try Self.play([
            "record \(path) 1", "playback \(name)", "set before=${playback_samples}", "set sound_prefix=/tmp",
            "playback \(name)",
        ])
        #expect(call.variable("before") == nil)
        #expect(call.variable("playback_samples") == "8000")
        #expect(call.variable("playback_ms") == "1000" && call.variable("playback_seconds") == "1")
        #expect(call.leftovers() == [0, 0])
    }

    /// Silence ends a recording after as many seconds as it is told, or not before its time.
    @Test(arguments: [("30 200 1", "1"), ("1 200 9", "1"), ("1 0 1", "1")])
    func endsARecording(_ limits: String, _ seconds: String) throws {
        let path = Self.temporaryPath()
        defer { unlink(path) }
        let call = try Self.play(["record \(path) \(limits)"])
        #expect(call.variable("record_seconds") == seconds)
        #expect(call.leftovers() == [0, 0])
    }

    /// Silence that ended a recording is known.
    @Test(arguments: [("30 200 1", "true"), ("1 200 9", "false"), ("1", "false")])
    func tellsOfSilence(_ limits: String, _ isExhausted: String) throws {
        let path = Self.temporaryPath()
        defer { unlink(path) }
        let call = try Self.play(["record \(path) \(limits)"])
        #expect(call.variable("silence_hits_exhausted") == isExhausted)
        #expect(call.leftovers() == [0, 0])
    }

    /// The file has the rate that is asked for.
    @Test(arguments: [("x", 8000), ("record_rate", 16_000), ("record_sample_rate", 16_000)])
    func recordsAtARate(_ name: String, _ rate: Int) throws {
        let file = RecordedSound()
        let call = try Self.play(["set \(name)=16000", "record \(file.path) 1"])
        #expect(call.variable("record_samples") != nil)
        #expect(file.rate == rate)
        #expect(call.leftovers() == [0, 0])
    }

    /// A call that cannot be recorded ends.
    @Test(arguments: [("set x=1", "/proc/nothing/there.wav"), ("set record_rate=1", "/tmp/there.wav")])
    func endsACallThatCannotBeRecorded(_ setting: String, _ path: String) throws {
        let call = try CallerFixture(["answer", setting, "record \(path) 1", "set over=yes", "park"])
        #expect(call.exchange.loop.runUntil { call.softswitch.sessions.count == 0 })
        #expect(call.variable("hangup_cause") == "DESTINATION_OUT_OF_ORDER")
        #expect(call.variable("over") == nil)
        #expect(call.leftovers() == [0, 0])
    }

    /// The caller hangs up while it is recorded: the file is there, and nothing waits.
    @Test func keepsARecordingThatTheCallerEnds() throws {
        let path = Self.temporaryPath()
        defer { unlink(path) }
        let call = try CallerFixture(["answer", "record \(path) 30", "set over=yes"])
        #expect(call.exchange.loop.runUntil { access(path, F_OK) == 0 })
        call.caller.requestHangUp(.normalClearing)
        #expect(call.exchange.loop.runUntil { call.softswitch.sessions.count == 0 })
        #expect(call.leftovers() == [0, 0])
        #expect(call.variable("over") == nil)
        // It is told of before the channel is reported.
        #expect(call.variable("record_samples") != nil && call.variable("record_ms") != nil)
    }

    /// Ringback goes on until somebody answers.
    @Test(arguments: ["%(20,0,440)", "silence", "tone_stream://%(20,0,440)"])
    func ringsBack(_ sound: String) throws {
        let call = try CallerFixture([
            "set ringback=\(sound)",
            "bridge {instant_ringback=true,ignore_early_media=true}[null_auto_answer_delay=1000]null/a",
        ])
        let (caller, exchange) = (call.caller, call.exchange)
        let isHeard = exchange.loop.runUntil { exchange.run { await caller.hasEarlyMedia } ?? false }
        #expect(isHeard)
        #expect(call.variable("bridge_channel") == nil)
        call.advance(2)
        #expect(call.variable("bridge_channel") == "null/a")
        #expect(call.leftovers() == [0, 0])
    }

    /// Who waits for somebody busy hears the announcement, and what comes after it is as if there were none.
    @Test func announcesTheWaiting() throws {
        let call = try CallerFixture([
            "set campon=true", "set campon_retries=2", "set campon_announce_sound=\(Self.tone)",
            "set campon_hold_music=silence", "set continue_on_fail=true", "bridge error/USER_BUSY", "set over=yes",
            "park",
        ])
        #expect(call.exchange.loop.runUntil { call.variable("playback_samples") == "800" })
        #expect(call.variable("over") == nil)
        call.advance(11)
        #expect(call.variable("over") == "yes")
        #expect(call.leftovers() == [0, 0])
    }

    /// Who presses a wrong key hears that, and may press another.
    @Test func tellsOfWrongKeys() throws {
        let settings = "group_confirm_key=1,group_confirm_error_file='\(Self.tone)',origination_uuid=leg"
        let call = try CallerFixture(["bridge {\(settings)}null/a"])
        #expect(call.variable("playback_samples", of: "leg") == nil)
        _ = call.exchange.command("uuid_recv_dtmf leg 2")
        #expect(call.exchange.loop.runUntil { call.variable("playback_samples", of: "leg") == "800" })
        #expect(call.variable("bridge_channel") == nil)
        _ = call.exchange.command("uuid_recv_dtmf leg 1")
        #expect(call.exchange.loop.runUntil { call.variable("bridge_channel") == "null/a" })
        #expect(call.leftovers() == [0, 0])
    }

    /// What a caller hears whose call is answered already while another rings: `transfer_ringback` before `ringback`.
    @Test(
        arguments: [
            (["transfer_ringback=\(CallAudio.tone)"], true), (["ringback=\(CallAudio.tone)"], true),
            (["ringback=silence", "transfer_ringback=\(CallAudio.tone)"], true),
            (["ringback=\(CallAudio.tone)", "transfer_ringback=silence"], false), ([], false),
        ] as [([String], Bool)]
    )
    func ringsBackAfterTheAnswer(_ settings: [String], _ isLoud: Bool) throws {
        let file = RecordedSound()
        let call = try CallerFixture(
            settings.map { "set \($0)" }
                + ["answer", "bridge {instant_ringback=true}[null_enable_auto_answer=0]null/a"]
        )
        let (caller, path) = (call.caller, file.path)
        call.exchange.run {
            let only = RecordingRequest(path, seconds: "1", variables: "{RECORD_WRITE_ONLY=true}")
            try? await caller.startRecording(only)
        }
        #expect(call.exchange.loop.runUntil { call.variable("record_completion_cause") != nil })
        let level = try file.level(in: call.exchange)
        #expect((level > CallAudio.loudness) == isLoud, "\(level)")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// A party that has to confirm hears what it is asked.
    @Test func asksToConfirm() throws {
        let call = try CallerFixture([
            "bridge {group_confirm_key=1,group_confirm_file='\(Self.tone)',origination_uuid=leg}null/a"
        ])
        _ = call.exchange.command("uuid_recv_dtmf leg 1")
        #expect(call.exchange.loop.runUntil { call.variable("bridge_channel") == "null/a" })
        #expect(call.leftovers() == [0, 0])
    }
}

import MediaEngine
import SwitchCore
import TandemTesting
import Testing

/// Who hears which music while somebody has to wait; the audio runs in real time.
@Suite(.serialized) struct HoldMusicTests {
    /// What names mean to whoever waits, in letters of either case.
    @Test(
        arguments: [
            (nil, .nothing), ("", .nothing), ("silence", .nothing), ("SILENCE", .nothing),
            ("indicate_hold", .indication),
            ("Indicate_Hold", .indication), ("local_stream://MOH", .sound("local_stream://MOH")),
            ("silence_stream://-1", .sound("silence_stream://-1")), (" ", .sound(" ")),
        ] as [(String?, SoundChoice)]
    )
    func choices(_ name: String?, _ choice: SoundChoice) {
        #expect(SoundChoice(name) == choice)
        #expect(SoundChoice(name).name == (choice == .nothing || choice == .indication ? nil : name))
    }

    /// Whether the caller hears music after the called party has held the call and taken it back so often.
    @Test(
        arguments: [
            (CallAudio.tone, [true], true), (CallAudio.tone, [true, false], false),
            (CallAudio.tone, [true, false, true], true),
            (CallAudio.tone, [], false), ("silence", [true], false), ("", [true], false), ("Silence", [true], false),
            ("indicate_hold", [true], false), ("silence',temp_hold_music='\(CallAudio.tone)", [true], true),
            ("\(CallAudio.tone)',temp_hold_music='silence", [true], false), ("local_stream://moh", [true], true),
            ("local_stream://moh", [true, false], false), ("local_stream://nothing", [true], false),
        ]
    )
    func holdMusicIsHeard(_ music: String, _ holds: [Bool], _ isLoud: Bool) throws {
        let file = RecordedSound()
        let call = try CallerFixture(
            ["answer", "bridge [origination_uuid=leg,hold_music='\(music)']null/a", "park"],
            configuration: Self.streams
        )
        let (caller, exchange, path) = (call.caller, call.exchange, file.path)
        let leg = try #require(call.softswitch.sessions["leg"])
        for isHeld in holds { _ = exchange.run { await leg.remoteHeld(isHeld) } }
        _ = exchange.run { await caller.broadcast("record_session", "\(path) +1 {RECORD_WRITE_ONLY=true}") }
        #expect(exchange.loop.runUntil { call.variable("record_completion_cause") != nil })
        let level = try file.level(in: exchange)
        #expect((level > CallAudio.loudness) == isLoud, "\(level)")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// Music that is missing is told of once, not at each hold.
    @Test func missingMusicIsToldOnce() throws {
        let log = LogCapture()
        let call = try CallerFixture(
            ["answer", "bridge [origination_uuid=leg,hold_music=local_stream://nothing]null/a", "park"],
            log: log
        )
        let leg = try #require(call.softswitch.sessions["leg"])
        for isHeld in [true, false, true, false, true] { _ = call.exchange.run { await leg.remoteHeld(isHeld) } }
        #expect(log.lines.count { $0.contains("there is no local stream") } == 1)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    private static let streams = """
        <configuration name="local_stream.conf"><directory name="moh" path="/nonexistent">
        <param name="tune" value="\(CallAudio.tone)"/></directory></configuration>
        """

    /// Who hears music in the end: the one that was bridged with a channel that was on hold already, and nobody when it
    /// was taken back before.
    @Test(arguments: [([true], true), ([true, false], false)]) func newPartnersHearHoldMusic(
        _ holds: [Bool],
        _ isLoud: Bool
    ) throws {
        let file = RecordedSound()
        let call = try CallerFixture([
            "answer", "bridge [origination_uuid=leg,hold_music='\(CallAudio.tone)']null/a", "park",
        ])
        let leg = try #require(call.softswitch.sessions["leg"])
        let other = try call.exchange.call("2")
        for isHeld in holds { _ = call.exchange.run { await leg.remoteHeld(isHeld) } }
        #expect(call.exchange.answer("uuid_bridge leg \(other.id)") == "+OK \(other.id)\n")
        let path = file.path
        _ = call.exchange.run { await other.broadcast("record_session", "\(path) +1 {RECORD_WRITE_ONLY=true}") }
        #expect(call.exchange.loop.runUntil { call.variable("record_completion_cause", of: other.id) != nil })
        let level = try file.level(in: call.exchange)
        #expect((level > CallAudio.loudness) == isLoud, "\(level)")
        _ = call.exchange.command("hupall")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// The partner hears its own music while something is played to a channel, when that is asked for.
    @Test(
        arguments: [
            ("holdb", "silence", CallAudio.tone, true), ("holdb", CallAudio.tone, "Silence", false),
            ("holdb", CallAudio.tone, "", false), ("aleg", CallAudio.tone, CallAudio.tone, false),
            ("alegholdb", "silence", CallAudio.tone, true), (nil, "silence", CallAudio.tone, true),
        ] as [(String?, String, String, Bool)]
    )
    func partnersWaitWithMusic(_ legs: String?, _ music: String, _ partnersMusic: String, _ isLoud: Bool) throws {
        let file = RecordedSound()
        let call = try CallerFixture([
            "set hold_music=\(music)", "answer",
            "bridge [origination_uuid=leg,hold_music='\(partnersMusic)']null/a", "park",
        ])
        let leg = try #require(call.softswitch.sessions["leg"])
        let silence = "silence_stream://-1"
        let line = "uuid_broadcast \(call.caller.id) \(silence)" + (legs.map { " \($0)" } ?? "")
        #expect(call.exchange.answer(line) == "+OK Message sent\n")
        try Self.expect(isLoud, for: leg, of: call, in: file)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// So it does while what is bound to keys runs, unless the binding says otherwise or is for both.
    @Test(
        arguments: [
            ("bind_meta_app 1 a s playback::silence_stream://-1", true),
            ("bind_meta_app 1 a si playback::silence_stream://-1", false),
            ("bind_digit_action r,*1,exec:playback,silence_stream://-1", true),
            ("bind_digit_action r,*1,exec[H]:playback,silence_stream://-1", false),
            ("bind_digit_action r,*1,exec:playback,silence_stream://-1,self,both", false),
        ]
    )
    func partnersWaitForKeys(_ binding: String, _ isLoud: Bool) throws {
        let file = RecordedSound()
        let call = try CallerFixture([
            binding, "answer", "bridge [origination_uuid=leg,hold_music='\(CallAudio.tone)']null/a", "park",
        ])
        let leg = try #require(call.softswitch.sessions["leg"])
        _ = call.exchange.command("uuid_recv_dtmf \(call.caller.id) *1")
        try Self.expect(isLoud, for: leg, of: call, in: file)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// Whether the called party hears anything in a second.
    private static func expect(
        _ isLoud: Bool,
        for leg: Session,
        of call: CallerFixture,
        in file: RecordedSound
    ) throws {
        let path = file.path
        call.exchange.run {
            let only = RecordingRequest(path, seconds: "1", variables: "{RECORD_WRITE_ONLY=true}")
            try? await leg.startRecording(only)
        }
        #expect(call.exchange.loop.runUntil { call.variable("record_completion_cause", of: "leg") != nil })
        let level = try file.level(in: call.exchange)
        #expect((level > CallAudio.loudness) == isLoud, "\(level)")
    }
}

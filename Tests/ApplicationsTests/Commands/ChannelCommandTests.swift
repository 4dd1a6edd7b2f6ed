import MediaEngine
import SwitchCore
import TandemTesting
import Testing

/// Commands about one channel.
struct ChannelCommandTests {
    private static let dropSyntax = "<uuid> [on | off ] [ mask_digits <digits> | mask_file <file>]"

    @Test(
        arguments: [
            ("uuid_exists none", "false"),
            ("uuid_kill", "-USAGE: <uuid> [cause]\n"),
            ("uuid_kill none", "-ERR No such channel!\n"),
            ("uuid_answer none", "-ERROR\n"),
            ("uuid_pre_answer none", "-ERROR\n"),
            ("uuid_ring_ready", "-USAGE: <uuid> [queued]\n"),
            ("uuid_ring_ready none", "-ERROR\n"),
            ("uuid_park none", "-ERR No such channel!\n"),
            ("uuid_transfer none", "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"),
            ("uuid_transfer none 1", "-ERR No such channel!\n"),
            ("uuid_bridge", "-USAGE: <uuid> <other_uuid>\n"),
            ("uuid_bridge none other", "-ERR Invalid uuid\n"),
            ("uuid_dump", "-USAGE: <uuid> [format]\n"),
            ("uuid_dump none", "-ERR No such channel!\n"),
            ("uuid_getvar none x", "-ERR No such channel!\n"),
            ("uuid_setvar", "-USAGE: <uuid> <var> [value]\n"),
            ("uuid_setvar_multi none", "-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"),
            ("uuid_send_dtmf none 1", "-ERR Cannot locate session!\n"),
            ("uuid_recv_dtmf", "-USAGE: <uuid> <dtmf_data>\n"),
            ("uuid_recv_dtmf none 1", "-ERR Cannot locate session!\n"),
            ("uuid_flush_dtmf none", "-ERR No such session\n"),
            ("uuid_broadcast none x", "-ERR invalid uuid\n"),
            ("uuid_broadcast none", "-USAGE: <uuid> <path> [aleg|bleg|holdb|both]\n"),
            ("uuid_break", "-USAGE: <uuid> [all]\n"),
            ("uuid_break none", "-ERR No such channel!\n"),
            ("uuid_fileman none stop", "-ERR No such channel!\n"),
            ("uuid_hold", "-USAGE: [off|toggle] <uuid> [<display>]\n"),
            ("uuid_hold none", "-ERR Operation failed\n"),
            ("uuid_display none x", "-ERR Operation failed\n"),
            ("uuid_deflect none sip:a@b", "-ERR No such channel none!\n"),
            ("uuid_media", "-USAGE: [off] <uuid>\n"),
            ("uuid_media none", "-ERR Operation failed\n"),
            ("uuid_chat none hello", "-ERR No such channel none!\n"),
            ("uuid_media_3p", "-USAGE: [off] <uuid>\n"), ("uuid_media_3p none", "-ERR Operation failed\n"),
            ("uuid_outgoing_answer", "-USAGE: <uuid>\n"), ("uuid_outgoing_answer none", "-ERR No such channel!\n"),
            ("uuid_set_media_stats", "-USAGE: <uuid>\n"),
            ("uuid_set_media_stats none", "-ERR No such channel none!\n"),
            ("uuid_simplify", "-USAGE: <uuid>\n"), ("uuid_simplify none", "-ERR Operation failed\n"),
            ("uuid_jitterbuffer none 60", "-ERR Operation failed\n"),
            ("uuid_media_reneg", "-USAGE: <uuid>[ <codec_string>]\n"),
            ("uuid_media_reneg none PCMA", "-ERR Operation Failed\n"),
            ("uuid_drop_dtmf none on mask_digits 0", "-ERR No such channel none!\n"),
            ("uuid_send_text none", "-USAGE: <uuid> <text>\n"),
            ("uuid_send_text none a", "-ERR No such channel none!\n"),
            ("uuid_debug_media none both on", "-ERR Operation failed\n"),
            (
                "uuid_debug_media none both",
                "-USAGE: <uuid> <read|write|both|vread|vwrite|vboth|all> <on|off>\n"
            ),
            ("uuid_codec_param none audio read x y", "-ERR Operation Failed [NOT SENT]\n"),
            ("uuid_media_params none", "-USAGE: <uuid> <json>\n"),
            ("uuid_media_params none {}", "-ERR Operation failed\n"),
            ("uuid_capture_text none on", "-ERR No such channel none!\n"),
            ("uuid_zombie_exec none", "-ERR no such session\n"),
            ("uuid_record none start", "-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n"),
            ("uuid_record none start x", "-ERR Cannot locate session!\n"),
            ("uuid_displace none start", "-USAGE: <uuid> [start|stop] <path> [<limit>] [mux]\n"),
            ("uuid_displace none start x", "-ERR Cannot locate session!\n"),
            ("uuid_audio none", "-USAGE: <uuid> [start [read|write] [mute|level <level>]|stop]\n"),
            ("uuid_audio none stop", "-ERR No such channel!\n"),
            ("uuid_early_ok none", "-ERROR\n"),
            ("uuid_session_heartbeat none", "-USAGE: uuid_session_heartbeat <uuid> [sched] [0|<seconds>]\n"),
            (
                "uuid_session_heartbeat none 5",
                "-ERR Cannot locate session. USAGE: uuid_session_heartbeat <uuid> [sched] [0|<seconds>]\n"
            ),
            ("hupall", "+OK hangup all channels with cause MANAGER_REQUEST\n"),
            ("hupall nonsense", "-ERR no such cause: nonsense\n"),
        ]
    )
    func withoutThatChannel(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch.answer(line) == answer)
    }

    @Test(
        arguments: [
            ("uuid_exists %", "true"),
            ("uuid_answer %", "+OK\n"),
            ("uuid_preanswer %", "+OK\n"),
            ("uuid_ring_ready % queued", "+OK\n"),
            ("uuid_ring_ready % nonsense", "-USAGE: <uuid> [queued]\n"),
            ("uuid_getvar % nothing", "_undef_"),
            ("uuid_getvar % destination_number", "5000"),
            ("uuid_setvar % list[1] b", "+OK\n"),
            ("uuid_setvar_multi % =x", "-ERR No variable specified\n"),
            ("uuid_recv_dtmf % 12#", "+OK % received DTMF 12#.\n"),
            ("uuid_send_dtmf % 12@100", "+OK % sent DTMF 12@100.\n"),
            ("uuid_flush_dtmf %", "+OK\n"),
            ("uuid_break % all", "+OK\n"),
            ("uuid_fileman % pause", "-ERR No file handle!\n"),
            ("uuid_buglist %", "<media-bugs>\n</media-bugs>\n"),
            ("uuid_media %", "+OK Success\n"),
            ("uuid_media off %", "-ERR Operation failed\n"),
            ("uuid_hold %", "-ERR uuid_hold on loopback is not in this version\n"),
            ("uuid_display % Ann|1000", "-ERR uuid_display on loopback is not in this version\n"),
            ("uuid_redirect % sip:a@b", "-ERR uuid_redirect on loopback is not in this version\n"),
            ("uuid_redirect none sip:a@b", "-ERR No such channel none!\n"),
            ("uuid_send_info % hello", "-ERR uuid_send_info on loopback is not in this version\n"),
            ("uuid_send_info none hello", "-ERR Operation Failed\n"),
            ("uuid_phone_event % talk", "-ERR uuid_phone_event on loopback is not in this version\n"),
            ("uuid_chat % hello", "-ERR Send failed\n"), ("uuid_send_message % hello", "-ERR Operation Failed\n"),
            ("uuid_chat nobody hello", "-ERR No such channel nobody!\n"),
            ("uuid_send_message nobody hello", "-ERR Unable to find session for UUID\n"),
            ("uuid_debug_media % both on", "+OK Success\n"), ("uuid_debug_media % read off", "+OK Success\n"),
            ("uuid_debug_media % vread on", "-ERR Operation failed\n"),
            ("uuid_codec_param % audio read x y", "-ERR Operation Failed [NOT SENT]\n"),
            ("uuid_media_params % {}", "-ERR video is not in this version\n"),
            ("uuid_loglevel % debug", "+OK\n"), ("uuid_loglevel % -b 3", "+OK\n"),
            ("uuid_loglevel % loud", "-ERR Invalid log level!\n"),
            ("uuid_loglevel %", "-USAGE: <uuid> <level>\n"),
            ("uuid_loglevel nobody debug", "-ERR No such channel nobody!\n"),
            ("uuid_pause % on", ""), ("pause % off", ""), ("pause nobody on", "-ERR No such channel!\n"),
            ("uuid_fileman % speed:+1", "-ERR No file handle!\n"),
            ("uuid_record % begin x", "-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n"),
            ("uuid_displace % begin x", "-USAGE: <uuid> [start|stop] <path> [<limit>] [mux]\n"),
            ("uuid_displace % stop x", "-ERR Cannot stop displace session!\n"),
            ("uuid_displace % start x 5 r", "-ERR Cannot displace session! nobody is there to hear x\n"),
            ("uuid_audio % start read mute", "-USAGE: <uuid> [start [read|write] [mute|level <level>]|stop]\n"),
            ("uuid_audio % start both mute 1", "-USAGE: <uuid> [start [read|write] [mute|level <level>]|stop]\n"),
            ("uuid_audio % start read louder 1", "-USAGE: <uuid> [start [read|write] [mute|level <level>]|stop]\n"),
            ("uuid_audio % start read level 9", "+OK\n"),
            ("uuid_audio % stop", "+OK\n"),
            ("uuid_early_ok %", ""), ("uuid_jitterbuffer % pause", "-ERR Operation failed\n"),
            ("uuid_jitterbuffer % 60:200", "+OK Success\n"), ("uuid_jitterbuffer % 0", "+OK Success\n"),
            ("uuid_jitterbuffer % much", "-ERR Operation failed\n"),
            ("uuid_jitterbuffer %", "-USAGE: <uuid> [0|<min_msec>[:<max_msec>]]\n"),
            ("uuid_send_text % hello", "-ERR Send failed\n"), ("uuid_simplify %", "-ERR Operation failed\n"),
            ("uuid_session_heartbeat % 5", "+OK\n"),
            ("uuid_media_reneg %", "-ERR Operation Failed\n"),
            ("uuid_drop_dtmf % on", "-USAGE: \(dropSyntax)\n"),
            ("uuid_drop_dtmf % on mask x", "-USAGE: \(dropSyntax)\n"),
            ("uuid_drop_dtmf % on mask_digits 0", "+OK % is dropping DTMF. mask_file: NONE mask_digits: 0\n"),
            (
                "uuid_drop_dtmf % off mask_file a.wav",
                "+OK % is not dropping DTMF. mask_file: a.wav mask_digits: NONE\n"
            ),
            ("uuid_media_3p %", "+OK Success\n"),
            ("uuid_media_3p off %", "-ERR Operation failed\n"),
            ("uuid_outgoing_answer %", "-ERR Not an outbound channel!\n"),
            ("uuid_broadcast % no_such_application::x", "-ERR invalid uuid\n"),
            ("uuid_bridge % %", "-ERR Invalid uuid\n"),
        ]
    )
    func onAChannel(_ line: String, _ answer: String) throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        #expect(exchange.command(line.replacing("%", with: call.id)) == answer.replacing("%", with: call.id))
    }

    /// Keys that nobody has taken are gone; those that come afterwards are not.
    @Test(arguments: [("uuid_exists %", "123"), ("uuid_flush_dtmf %", "3")])
    func forgetsKeys(_ line: String, _ left: String) throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        _ = exchange.command("uuid_recv_dtmf \(call.id) 12")
        #expect(exchange.run { await String(call.digits) } == "12")
        _ = exchange.command(line.replacing("%", with: call.id))
        _ = exchange.command("uuid_recv_dtmf \(call.id) 3")
        #expect(exchange.run { await String(call.digits) } == left)
    }

    @Test func hangsUpOnlyWhatMatches() throws {
        let exchange = try TestSwitch(Actions.numbers)
        let (first, second) = (try exchange.call("5000"), try exchange.call("5000"))
        #expect(exchange.command("uuid_setvar_multi \(first.id) team=red;size=2") == "+OK\n")
        #expect(exchange.command("uuid_setvar_multi \(second.id) team=red;size=3") == "+OK\n")
        #expect(
            exchange.command("hupall user_busy team red size 2")
                == "+OK hangup all channels matching [team]=[red]... with cause: USER_BUSY\n"
        )
        #expect(exchange.variable("hangup_cause", of: first) == "USER_BUSY")
        #expect(exchange.variable("hangup_cause", of: second) == nil)
        // The word alone would be a slip that ends every call.
        #expect(exchange.command("hupall user_busy team").hasPrefix("-USAGE"))
        #expect(exchange.variable("hangup_cause", of: second) == nil)
    }

    @Test func tellsOfAChannel() throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        _ = exchange.command("uuid_setvar \(call.id) note a \"b\"")
        #expect(exchange.command("uuid_getvar \(call.id) note") == "a \"b\"")
        #expect(exchange.command("eval uuid:\(call.id) ${destination_number}") == "5000")
        let text = exchange.command("uuid_dump \(call.id)")
        #expect(text.hasPrefix("Event-Name: CHANNEL_DATA\n"))
        #expect(text.contains("variable_note: a%20%22b%22\n"))
        #expect(text.hasSuffix("\n\n"))
        #expect(exchange.command("uuid_dump \(call.id) plain").contains("variable_note: [a \"b\"]\n"))
        #expect(exchange.command("uuid_dump \(call.id) json").contains("\"variable_note\":\"a \\\"b\\\"\""))
        let xml = exchange.command("uuid_dump \(call.id) xml")
        #expect(xml.hasPrefix("<event>\n  <headers>\n    <Event-Name>CHANNEL_DATA</Event-Name>\n"))
        #expect(exchange.command("uuid_kill \(call.id) user_busy") == "+OK\n")
        #expect(exchange.variable("hangup_cause", of: call) == "USER_BUSY")
        #expect(exchange.command("show channels") == "\n0 total.\n")
    }

    /// A called leg that still rings counts as answered, and its caller talks to it.
    @Test func aCommandAnswersForTheCalledLeg() throws {
        let call = try CallerFixture(["answer", "bridge [origination_uuid=leg]loopback/rings/default", "park"])
        #expect(call.variable("bridge_uuid", of: call.caller.id) == nil)
        #expect(call.exchange.command("uuid_outgoing_answer leg") == "+OK\n")
        #expect(call.variable("bridge_uuid") == "leg")
        #expect(call.leftovers() == [0, 0])
    }

    /// What the far end of a channel hears first when one key is sent to it, and another when keys are not dropped any more.
    @Test(
        arguments: [
            ("off mask_digits 0", "7"), ("on mask_digits 0", "0"), ("on mask_file silence_stream://20", "9"),
        ]
    )
    func dropsKeys(_ options: String, _ heard: String) throws {
        // The far end's stream plays to the caller's, which listens for keys in the audio.
        let call = try CallerFixture(["answer", "start_dtmf", "park"])
        let (caller, far) = (call.caller.id, try call.farEnd())
        #expect(call.exchange.command("uuid_drop_dtmf \(far.id) \(options)").hasPrefix("+OK \(far.id) is "))
        let keys = call.softswitch.events.subscribe(to: [.dtmf]) {}
        #expect(call.exchange.command("uuid_send_dtmf \(far.id) 7").hasPrefix("+OK"))
        // This one comes first where nothing was sent for the other.
        #expect(call.exchange.command("uuid_drop_dtmf \(far.id) off mask_digits 0").contains(" is not dropping "))
        #expect(call.exchange.command("uuid_send_dtmf \(far.id) 9").hasPrefix("+OK"))
        var pressed: [String?] = []
        #expect(
            call.exchange.loop.runUntil {
                pressed += keys.takeAll().filter { $0["Unique-ID"] == caller }.map { $0["DTMF-Digit"] }
                return !pressed.isEmpty
            }
        )
        #expect(pressed.first == heard)
        call.softswitch.events.unsubscribe(keys)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// The figures of the audio are there before the call ends.
    @Test func figuresAreTold() throws {
        let call = try CallerFixture(["answer", "park"])
        #expect(call.variable("rtp_audio_in_packet_count") == nil)
        #expect(call.exchange.answer("uuid_set_media_stats \(call.caller.id)") == "+OK:\n")
        #expect(call.variable("rtp_audio_in_packet_count").flatMap { Int($0) } != nil)
        #expect(call.variable("rtp_audio_out_media_bytes").flatMap { Int($0) } != nil)
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// What the log has of two channels that are bridged after their level was changed.
    @Test(
        arguments: [
            ([], ["first info", "first error", "second info", "second error"]),
            (["uuid_loglevel 1 err"], ["first error", "second info", "second error"]),
            (["uuid_loglevel 1 -b err"], ["first error", "second error"]),
            (["uuid_loglevel 1 0"], ["second info", "second error"]),
            (
                ["uuid_loglevel 1 -b err", "uuid_loglevel 1 debug"], ["first info", "first error", "second error"]
            ),
        ]
    )
    func limitsTheLogOfAChannel(_ lines: [String], _ told: [String]) throws {
        let log = LogCapture()
        let exchange = try TestSwitch(Actions.numbers, log: log)
        let (first, second) = try Self.bridgedPair(on: exchange)
        for line in lines { #expect(exchange.command(line.replacing(" 1 ", with: " \(first.id) ")) == "+OK\n") }
        for (call, name) in [(first, "first"), (second, "second")] {
            for level in ["info", "err"] {
                let text = level == "err" ? "error" : level
                _ = exchange.command("uuid_broadcast \(call.id) log::\(level)\\s\(name)\\s\(text)")
            }
        }
        let known = ["first info", "first error", "second info", "second error"]
        #expect(known.filter { text in log.lines.contains { $0.hasPrefix(text) } } == told)
    }

    // MARK: - Moving

    @Test func transfers() throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        #expect(exchange.command("uuid_transfer \(call.id) 5002 XML default") == "+OK\n")
        #expect(exchange.command("uuid_getvar \(call.id) destination_number") == "5002")
        #expect(exchange.command("uuid_getvar \(call.id) current_application") == "sleep")
        // Alone, the other leg is the channel itself.
        #expect(exchange.command("uuid_transfer \(call.id) -bleg 5001") == "+OK\n")
        #expect(exchange.command("uuid_getvar \(call.id) destination_number") == "5001")
        #expect(exchange.command("uuid_transfer \(call.id) -bleg") == exchange.command("uuid_transfer none"))
        #expect(exchange.command("uuid_transfer \(call.id) 'set:x=1,sleep:9000' inline") == "+OK\n")
        #expect(exchange.command("uuid_getvar \(call.id) x") == "1")
        #expect(exchange.command("uuid_park \(call.id)") == "+OK\n")
        #expect(exchange.command("show channels like \(call.id)").contains(",CS_PARK,"))
    }

    @Test func bridgesWhatIsUp() throws {
        let exchange = try TestSwitch(Actions.numbers)
        let (first, second) = (try exchange.call("5000"), try exchange.call("5002"))
        #expect(exchange.command("uuid_bridge \(first.id) none \(second.id)") == "+OK \(second.id)\n")
        #expect(exchange.command("uuid_getvar \(first.id) bridge_uuid") == second.id)
        #expect(exchange.command("uuid_getvar \(second.id) bridge_uuid") == first.id)
        #expect(exchange.command("uuid_kill \(second.id)") == "+OK\n")
        #expect(exchange.variable("hangup_cause", of: first) == "NORMAL_CLEARING")
        #expect(exchange.command("show channels count") == "\n0 total.\n")
    }

    /// The two ends of a bridge, which is the only thing that keeps them.
    private static func pair() throws -> (TestSwitch, Session, Session) {
        let exchange = try TestSwitch(Actions.numbers)
        let (first, second) = try bridgedPair(on: exchange)
        return (exchange, first, second)
    }

    private static func bridgedPair(on exchange: TestSwitch) throws -> (Session, Session) {
        let (first, second) = (try exchange.call("5000"), try exchange.call("5000"))
        _ = exchange.command("uuid_bridge \(first.id) \(second.id)")
        return (first, second)
    }

    @Test func takesOneEndOutOfABridge() throws {
        let (exchange, first, second) = try Self.pair()
        #expect(exchange.command("uuid_transfer \(first.id) -bleg 5002") == "+OK\n")
        #expect(exchange.command("uuid_getvar \(second.id) current_application") == "sleep")
        #expect(exchange.variable("hangup_cause", of: first) == "NORMAL_CLEARING")
    }

    @Test(arguments: ["uuid_transfer % -both 5002", "uuid_dual_transfer % 5002 5002/XML/default"])
    func takesBothEndsOutOfABridge(_ line: String) throws {
        for isCaller in [true, false] {
            let (exchange, first, second) = try Self.pair()
            #expect(exchange.command(line.replacing("%", with: (isCaller ? first : second).id)) == "+OK\n")
            for call in [first, second] {
                #expect(exchange.command("uuid_getvar \(call.id) current_application") == "sleep")
                #expect(exchange.command("uuid_getvar \(call.id) bridge_to") == "_undef_")
            }
        }
    }

    @Test func bridgesAnewWhatIsBridged() throws {
        let (exchange, first, second) = try Self.pair()
        let third = try exchange.call("5002")
        // The called leg goes from one bridge to another; who called it before has nothing left to do.
        #expect(exchange.command("uuid_bridge \(third.id) \(second.id)") == "+OK \(second.id)\n")
        #expect(exchange.command("uuid_getvar \(second.id) bridge_uuid") == third.id)
        #expect(exchange.command("uuid_getvar \(third.id) bridge_uuid") == second.id)
        #expect(exchange.variable("hangup_cause", of: first) == "NORMAL_CLEARING")
        // And round again, with the ends changed.
        #expect(exchange.command("uuid_bridge \(second.id) \(third.id)") == "+OK \(third.id)\n")
        #expect(exchange.command("show bridged_calls").hasSuffix("\n1 total.\n"))
        #expect(exchange.command("uuid_kill \(third.id)") == "+OK\n")
        #expect(exchange.command("show channels count") == "\n0 total.\n")
    }

    // MARK: - Beside what the channel does

    @Test func broadcasts() throws {
        let (exchange, first, second) = try Self.pair()
        #expect(exchange.command("uuid_broadcast \(first.id) set::a=1") == "+OK Message sent\n")
        #expect(exchange.command("uuid_broadcast \(first.id) set::b=${a}2 bleg") == "+OK Message sent\n")
        #expect(exchange.command("uuid_broadcast \(first.id) set::c=3 both") == "+OK Message sent\n")
        for (name, mine, theirs) in [("a", "1", "_undef_"), ("b", "_undef_", "2"), ("c", "3", "3")] {
            #expect(exchange.command("uuid_getvar \(first.id) \(name)") == mine)
            #expect(exchange.command("uuid_getvar \(second.id) \(name)") == theirs)
        }
        #expect(exchange.command("uuid_getvar \(first.id) bridge_uuid") == second.id)
    }

    /// A cause behind the application's name ends the channel after it, and with it the bridge.
    @Test(arguments: [("user_busy", "USER_BUSY"), ("", "NORMAL_CLEARING")])
    func broadcastsAndHangsUp(_ word: String, _ cause: String) throws {
        let (exchange, first, _) = try Self.pair()
        #expect(exchange.command("uuid_broadcast \(first.id) set!\(word)::c=3") == "+OK Message sent\n")
        #expect(exchange.variable("c", of: first) == "3" && exchange.variable("hangup_cause", of: first) == cause)
        #expect(exchange.softswitch.sessions.count == 0)
    }

    @Test func broadcastsFollowOneAnotherAndEnd() throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        _ = exchange.command("uuid_broadcast \(call.id) sleep::5000")
        _ = exchange.command("uuid_broadcast \(call.id) set::after=1")
        _ = exchange.command("uuid_broadcast \(call.id) sleep::5000")
        #expect(exchange.command("uuid_getvar \(call.id) after") == "_undef_")
        exchange.loop.advance(by: .seconds(5))
        #expect(exchange.command("uuid_getvar \(call.id) after") == "1")
        // A break ends the one that runs; with the call the rest ends.
        _ = exchange.command("uuid_broadcast \(call.id) set::last=1")
        #expect(exchange.command("uuid_getvar \(call.id) last") == "_undef_")
        #expect(exchange.command("uuid_break \(call.id)") == "+OK\n")
        #expect(exchange.command("uuid_getvar \(call.id) last") == "1")
        _ = exchange.command("uuid_broadcast \(call.id) sleep::5000")
        _ = exchange.command("uuid_kill \(call.id)")
        #expect(exchange.loop.pendingTimers == 0)
    }

    @Test func breaksWhatTheDialplanWaitsFor() throws {
        let exchange = try TestSwitch(
            Actions.extension("1", [("answer", ""), ("sleep", "5000"), ("set", "after=1"), ("park", "")])
        )
        let call = try exchange.call("1")
        // What waits within what waits ends first.
        _ = exchange.command("uuid_broadcast \(call.id) sleep::5000")
        _ = exchange.command("uuid_broadcast \(call.id) set::last=1")
        #expect(exchange.command("uuid_break \(call.id) all") == "+OK\n")
        #expect(exchange.command("uuid_getvar \(call.id) last") == "_undef_")
        #expect(exchange.command("uuid_getvar \(call.id) after") == "_undef_")
        #expect(exchange.command("uuid_break \(call.id)") == "+OK\n")
        #expect(exchange.command("uuid_getvar \(call.id) after") == "1")
    }

    @Test func goesWhereABroadcastSendsIt() throws {
        let (exchange, first, second) = try Self.pair()
        #expect(exchange.command("uuid_broadcast \(second.id) 'transfer::5002 XML default'") == "+OK Message sent\n")
        #expect(exchange.command("uuid_getvar \(second.id) current_application") == "sleep")
        #expect(exchange.variable("hangup_cause", of: first) == "NORMAL_CLEARING")
    }
}

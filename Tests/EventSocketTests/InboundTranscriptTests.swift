import EventSocket
import SwitchCore
import Testing
import XMLConfig

/// What a client sends, and every byte that it gets for it.
struct InboundTranscriptTests {
    private static func reply(_ text: String) -> String { "Content-Type: command/reply\nReply-Text: \(text)\n\n" }
    private static let goodbye =
        "Content-Type: text/disconnect-notice\nContent-Length: 23\n\nDisconnected, goodbye.\n"

    @Test func greets() {
        var client = SimulatedClient()
        #expect(client.actions() == ["Content-Type: auth/request\n\n"])
    }

    @Test(
        arguments: [
            ("auth secret", ["+OK accepted"], nil),
            ("auth wrong", ["-ERR invalid"], goodbye),
            ("auth", ["-ERR invalid"], goodbye),
            ("auth secretx", ["-ERR invalid"], goodbye),
            ("api status", ["-ERR command not found"], nil),
            ("exit", ["+OK bye"], goodbye),
        ] as [(String, [String], String?)]
    )
    func asksWhoItIs(_ request: String, _ replies: [String], _ end: String?) {
        var client = SimulatedClient()
        _ = client.actions()
        #expect(client.send(request) == replies.map(Self.reply) + (end.map { [$0, "(close)"] } ?? []))
    }

    @Test(arguments: ["auth ", "auth ClueCon", "auth x"])
    func nobodyGetsInWithoutAPassword(_ request: String) {
        for password in [nil, ""] {
            var client = SimulatedClient(password: password)
            _ = client.actions()
            #expect(client.send(request).last == "(close)")
        }
    }

    @Test func waitsForAuthenticationForAWhile() {
        var client = SimulatedClient()
        _ = client.actions()
        #expect(client.change { $0.authenticationTimeEnded() } == [Self.goodbye, "(close)"])
        var known = SimulatedClient.known()
        #expect(known.change { $0.authenticationTimeEnded() } == [])
    }

    @Test(
        arguments: [
            ("noevents", ["-ERR not listening for events"]), ("api", ["-ERR command not found"]),
            ("bgapi", ["-ERR command not found"]), ("filter", ["-ERR command not found"]),
            ("resume", ["-ERR command not found"]),
            ("event plain CHANNEL_ANSWER", ["(interest plain CHANNEL_ANSWER)", "+OK event listener enabled plain"]),
            ("events json all", ["(interest json ALL)", "+OK event listener enabled json"]),
            ("event xml DTMF,HEARTBEAT", ["(interest xml DTMF HEARTBEAT)", "+OK event listener enabled xml"]),
            (
                "event CHANNEL_PARK CUSTOM sofia::register sofia::expire",
                [
                    "(interest plain CUSTOM CHANNEL_PARK sofia::expire sofia::register)",
                    "+OK event listener enabled plain",
                ]
            ),
            ("event plain NOTHING", ["-ERR no keywords supplied"]),
            ("event", ["-ERR no keywords supplied"]),
            ("nixevent NOTHING", ["-ERR no keywords supplied"]),
            (
                "filter Unique-ID a b",
                ["(interest plain [Unique-ID]=[a b])", "+OK filter added. [Unique-ID]=[a b]"]
            ),
            (
                "filter add Event-Name /CHAN/",
                ["(interest plain [Event-Name]=[/CHAN/])", "+OK filter added. [Event-Name]=[/CHAN/]"]
            ),
            ("filter delete all", ["(interest plain)", "+OK filter deleted. [all][]"]),
            ("filter delete Unique-ID x", ["(interest plain)", "+OK filter deleted. [Unique-ID][x]"]),
            ("filter x", ["-ERR invalid syntax"]),
            ("log", ["(log DEBUG)", "+OK log level  [7]"]),
            ("log 4", ["(log WARNING)", "+OK log level 4 [4]"]),
            ("log err", ["(log ERR)", "+OK log level err [3]"]),
            ("log loud", ["-ERR invalid log level"]),
            ("nolog", ["-ERR not loging"]),
            ("bgapi status", ["(job uuid-1 status||)", "+OK Job-UUID: uuid-1\nJob-UUID: uuid-1"]),
            (
                "bgapi originate a b\nJob-UUID: mine",
                ["(job mine originate|a b|)", "+OK Job-UUID: mine\nJob-UUID: mine"]
            ),
            ("linger", ["-ERR not controlling a session"]),
            ("nolinger", ["-ERR not controlling a session"]),
            ("connect", ["-ERR command not found"]),
            ("getvar x", ["-ERR command not found"]),
            ("divert_events on", ["-ERR not controlling a session."]),
            ("myevents", ["-ERR command not found"]),
            ("sendmsg", ["-ERR invalid session id []"]),
            ("sendmsg u\ncall-command: execute", ["-ERR missing execute-app-name"]),
            ("sendmsg u\ncall-command: nomedia", ["-ERR missing nomedia-uuid"]),
            ("sendmsg u\ncall-command: unicast\ntransport: sctp", ["-ERR invalid unicast transport"]),
            ("sendmsg u\ncall-command: unicast\nlocal-port: 0", ["-ERR invalid unicast address"]),
            ("sendmsg u\ncall-command: unicast\nremote-port: 65536", ["-ERR invalid unicast address"]),
            ("sendmsg u\ncall-command: unicast\nremote-ip: host", ["-ERR invalid unicast address"]),
            ("sendmsg u\ncall-command: unicast\nremote-ip: ::1", ["-ERR invalid unicast address"]),
            ("sendmsg u", ["-ERR invalid call-command"]),
            ("sendevent NOTHING", ["-ERR invalid event"]),
            ("nonsense", ["-ERR command not found"]),
        ] as [(String, [String])]
    )
    func answersAtOnce(_ request: String, _ actions: [String]) {
        var client = SimulatedClient.known()
        #expect(client.send(request) == actions.map { $0.hasPrefix("(") ? $0 : Self.reply($0) })
    }

    @Test(
        arguments: [
            (
                "api status", "command status", .text("fine\n"),
                "Content-Type: api/response\nContent-Length: 5\n\nfine\n"
            ),
            ("api x", "command x", .text(""), "Content-Type: api/response\nContent-Length: 14\n\n-ERR no reply\n"),
            ("myevents u", "exists u", .done(false), reply("-ERR invalid uuid")),
            ("sendmsg u\ncall-command: hangup", "message hangup NORMAL_CLEARING to u", .done(true), reply("+OK")),
            ("sendmsg u\ncall-command: nomedia\nnomedia-uuid: v", "message bypass v to u", .done(true), reply("+OK")),
            (
                "sendmsg u\ncall-command: unicast\ntransport: TCP",
                "message unicast 127.0.0.1:8025 127.0.0.1:8026 to u", .done(true), reply("+OK")
            ),
            (
                "sendmsg u\ncall-command: unicast", "message unicast 127.0.0.1:8025 127.0.0.1:8026 to u", .done(true),
                reply("+OK")
            ),
            (
                "sendmsg u\ncall-command: unicast\nlocal-ip: 10.0.0.1\nlocal-port: 9000\nremote-ip: 10.0.0.2\n"
                    + "remote-port: 9001\ntransport: udp\nflags: native",
                "message unicast 10.0.0.1:9000 10.0.0.2:9001 native to u", .done(true), reply("+OK")
            ),
            (
                "sendmsg\nsession-id: u\ncall-command: hangup\nhangup-cause: 17",
                "message hangup USER_BUSY to u", .done(true), reply("+OK")
            ),
            (
                "sendmsg u\ncall-command: hangup\nhangup-cause: NO_SUCH_CAUSE",
                "message hangup NORMAL_CLEARING to u", .done(true), reply("+OK")
            ),
            (
                "sendmsg u\ncall-command: hangup\nhangup-cause: USER_BUSY",
                "message hangup USER_BUSY to u", .done(false), reply("-ERR invalid session id [u]")
            ),
            (
                "sendmsg u\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: a.wav\nevent-lock: true",
                "message execute playback(a.wav) as uuid-1 locked to u", .done(true), reply("+OK")
            ),
            (
                "sendmsg u\ncall-command: execute\nexecute-app-name: ivr\nexecute-app-arg: a\nhold-bleg: true",
                "message execute ivr(a) as uuid-1 with music to u", .done(true), reply("+OK")
            ),
            (
                "sendmsg u\ncall-command: execute\nexecute-app-name: ivr\nexecute-app-arg: a\nhold-bleg: false",
                "message execute ivr(a) as uuid-1 to u", .done(true), reply("+OK")
            ),
            (
                "sendmsg u\ncall-command: execute\nexecute-app-name: set\nloops: -1\nlead-frames: 5\nevent-uuid: e"
                    + "\nevent-uuid-name: n\nevent-lock-pri: true\nContent-Type: text/plain\nContent-Length: 3\n\na=b",
                "message execute set(a=b) as e/n loops -1 locked first after 5 to u", .done(true), reply("+OK")
            ),
            (
                "sendmsg u\ncall-command: xferext\napplication: answer\napplication: playback a b",
                "message divert answer(),playback(a b) to u", .done(true), reply("+OK")
            ),
            (
                "sendevent CUSTOM\nEvent-Subclass: a::b\nx: y\nContent-Length: 2\n\nhi",
                "fire CUSTOM|a::b|x=y|hi", .text("e-1"), reply("+OK e-1")
            ),
        ] as [(String, String, ConnectionMachine.Answer, String)]
    )
    func asksAndAnswers(_ request: String, _ question: String, _ answer: ConnectionMachine.Answer, _ frame: String) {
        var client = SimulatedClient.known()
        // A body ends a request by its length.
        let asked =
            request.contains("Content-Length")
            ? client.change { $0.received(Array(request.utf8)) } : client.send(request)
        #expect(asked == ["(ask \(question))"])
        // Nothing is done before the answer is there.
        #expect(client.send("linger") == [])
        #expect(client.answer(answer) == [frame, Self.reply("-ERR not controlling a session")])
    }

    @Test func theLogEndsOnce() {
        var client = SimulatedClient.known()
        _ = client.send("log")
        #expect(client.send("nolog") == ["(log off)", Self.reply("+OK no longer logging")])
        #expect(client.send("nolog") == [Self.reply("-ERR not loging")])
    }

    @Test func followsOneChannel() {
        var client = SimulatedClient.known()
        #expect(client.send("myevents u json") == ["(ask exists u)"])
        let actions = client.answer(.text("u"))
        #expect(actions.last == Self.reply("+OK Events Enabled"))
        #expect(actions.first == "(attach u)" && actions.count == 3)
        #expect(actions[1].hasPrefix("(interest json CHANNEL_CREATE CHANNEL_DESTROY CHANNEL_STATE"))
        #expect(actions[1].hasSuffix("of u)"))
        #expect(client.send("myevents v") == [Self.reply("-ERR aready enabled.")])
        #expect(client.send("noevents").last == Self.reply("+OK no longer listening for events"))
    }

    /// The channel that a client follows is its own, and the connection ends with it.
    @Test func whatIsFollowedIsControlled() {
        var client = SimulatedClient.known()
        #expect(client.send("getvar a") == [Self.reply("-ERR command not found")])
        #expect(client.send("linger") == [Self.reply("-ERR not controlling a session")])
        _ = client.send("myevents u")
        _ = client.answer(.text("u"))
        #expect(client.send("getvar a") == ["(ask variable a of u)"])
        #expect(client.answer(.text("1")) == [Self.reply("1")])
        #expect(client.send("sendmsg\ncall-command: hangup") == ["(ask message hangup NORMAL_CLEARING to u)"])
        #expect(client.answer(.done(true)) == [Self.reply("+OK")])
        #expect(client.send("divert_events on").first == Self.reply("+OK events diverted"))
        let actions = client.change { $0.channelEnded(name: "n") }
        #expect(actions.first?.contains("Content-Type: text/disconnect-notice\n") == true)
        #expect(actions.first?.contains("Controlled-Session-UUID: u\nContent-Disposition: disconnect\n") == true)
        #expect(actions.last == "(close)")
    }

    /// What is asked of others is answered, though the channel that is followed ends meanwhile.
    @Test func whatOthersAreAskedIsAnswered() {
        var client = SimulatedClient.known()
        _ = client.send("myevents of-another-name")
        #expect(client.answer(.text("u")).first == "(attach u)")
        _ = client.send("linger 9")
        #expect(client.send("api originate x") == ["(ask command originate x)"])
        #expect(client.change { $0.channelEnded(name: "n") }.last == "(linger 9)")
        #expect(client.answer(.text("+OK")) == ["Content-Type: api/response\nContent-Length: 3\n\n+OK"])
    }

    /// A channel tells a limited user no more than commands do.
    @Test func whoFollowsIsLimitedStill() {
        var client = SimulatedClient.user(("esl-allowed-api", "status uuid_getvar"))
        _ = client.send("myevents u")
        _ = client.answer(.text("u"))
        #expect(client.send("connect") == [Self.reply("-ERR permission denied")])
        #expect(client.send("getvar a") == ["(ask variable a of u)"])
    }

    /// It may stay behind the end of the channel that it follows.
    @Test(arguments: [
        ("0", "+OK will linger 0 seconds", "(linger 0)"), ("9", "+OK will linger 9 seconds", "(linger 9)"),
    ])
    func whoFollowsMayLinger(_ seconds: String, _ answer: String, _ action: String) {
        var client = SimulatedClient.known()
        _ = client.send("myevents u")
        _ = client.answer(.text("u"))
        #expect(client.send("linger \(seconds)") == [Self.reply(answer)])
        #expect(client.change { $0.channelEnded(name: "n") }.last == action)
        #expect(client.send("api status") == ["(ask command status)"])
    }

    /// Events are ended once, until some are wanted again.
    @Test(arguments: ["event plain DTMF", "nixevent DTMF"])
    func theEventsEndOnce(_ request: String) {
        var client = SimulatedClient.known()
        for _ in 0..<2 {
            _ = client.send(request)
            #expect(client.send("noevents") == ["(interest plain)", Self.reply("+OK no longer listening for events")])
            #expect(client.send("noevents") == [Self.reply("-ERR not listening for events")])
        }
    }

    @Test func addsAndTakesAwayEvents() {
        var client = SimulatedClient.known()
        _ = client.send("event json DTMF")
        #expect(client.send("event HEARTBEAT").first == "(interest json DTMF HEARTBEAT)")
        #expect(client.send("nixevent DTMF").first == "(interest json HEARTBEAT)")
        _ = client.send("event plain ALL")
        let actions = client.send("nixevent HEARTBEAT")
        #expect(actions.first?.contains(" DTMF ") == true)
        #expect(actions.first?.contains(" HEARTBEAT ") == false)
        #expect(actions.last == Self.reply("+OK events nixed"))
    }

    @Test func userOfTheDirectoryGetsWhatItMayHave() throws {
        var client = SimulatedClient()
        _ = client.actions()
        #expect(client.send("userauth 1000@example.org:a:b") == ["(ask user 1000|example.org|a:b)"])
        var params = NamedValues()
        params.addIfAbsent("esl-allowed-events", "DTMF CUSTOM a::b")
        params.addIfAbsent("esl-allowed-api", "status version")
        params.addIfAbsent("esl-allowed-log", "false")
        #expect(
            client.answer(.account(Permissions(of: params))) == [
                Self.reply(
                    "+OK accepted\nAllowed-Events: DTMF CUSTOM a::b\nAllowed-API: status version\nAllowed-LOG: false"
                )
            ]
        )
        #expect(client.send("api status") == ["(ask command status)"])
        #expect(client.answer(.text("x")).count == 1)
        for refused in [
            "api global_getvar", "bgapi originate x", "log", "sendevent HEARTBEAT", "event plain HEARTBEAT",
            "event plain DTMF HEARTBEAT", "event json CUSTOM a::b a::c",
            "sendmsg u\ncall-command: execute\nexecute-app-name: system",
        ] { #expect(client.send(refused) == [Self.reply("-ERR permission denied")]) }
    }

    /// Who may have some commands has no others by way of them.
    @Test(
        arguments: [
            ("status", true), ("status x", true), ("originate x", false), ("STATUS", true), ("expand status", true),
            ("expand uuid:u status", true), ("expand originate x", false), ("expand uuid:u originate x", false),
            ("expand status ${originate(x)}", false), ("expand", true), ("bgapi originate x", false),
            ("expand uuid: status originate x", true), ("eval \u{600}${originate(x)}", false),
            ("later status", true), ("later originate x", false), ("circle", false),
            ("eval a", true), ("eval ${originate(x)}", false), ("eval %[1] @{a}", false),
            ("xml_wrap status", true), ("xml_wrap originate x", false), ("xml_wrap  expand\toriginate x", false),
            ("xml_wrap encoded status", true), ("xml_wrap encoded originate x", false),
            ("sched_api +9 g status", true), ("sched_api +9 g status&", true), ("sched_api +9 g originate x", false),
            ("sched_api +9 g xml_wrap hupall", false), ("sched_api +9\tg status originate x", false),
            ("", false), (" ", false),
        ]
    )
    func whatMayBeRun(_ line: String, _ isAllowed: Bool) {
        var params = NamedValues()
        params.addIfAbsent("esl-allowed-api", "status expand eval xml_wrap sched_api")
        let isSo = Permissions(of: params).allows(command: line) { line in
            switch line.prefix(while: { $0 != " " }) {
            case "later": "sched_api +10 none" + line.dropFirst("later".count)
            case "circle": "xml_wrap circle"
            default: line
            }
        }
        #expect(isSo == isAllowed)
    }

    /// A user gets what it may have of everything, and whatever it asks for of that.
    @Test func asksForWhatItMayHave() {
        var client = SimulatedClient.user(("esl-allowed-events", "DTMF CUSTOM a::b"))
        for wanted in ["plain ALL", "json DTMF", "plain CUSTOM a::b"] {
            #expect(client.send("event \(wanted)").last?.contains("+OK event listener enabled") == true, "\(wanted)")
        }
    }

    /// A user fires no more than it may see.
    @Test(
        arguments: [
            ("DTMF", nil, true), ("HEARTBEAT", nil, false), ("CUSTOM", "a::b", true), ("CUSTOM", "a::c", false),
        ] as [(String, String?, Bool)]
    )
    func firesWhatItMayHave(_ name: String, _ subclass: String?, _ isAllowed: Bool) {
        var client = SimulatedClient.user(("esl-allowed-events", "DTMF CUSTOM a::b"))
        let actions = client.send("sendevent \(name)" + (subclass.map { "\nEvent-Subclass: \($0)" } ?? ""))
        #expect(
            actions == [isAllowed ? "(ask fire \(name)|\(subclass ?? "")||)" : Self.reply("-ERR permission denied")]
        )
    }

    @Test func jobsAreCounted() {
        var client = SimulatedClient.known()
        for _ in 0..<ConnectionMachine.jobLimit { #expect(client.send("bgapi status").count == 2) }
        #expect(client.send("bgapi status") == [Self.reply("-ERR too many jobs")])
        _ = client.change { $0.jobEnded() }
        #expect(client.send("bgapi status").count == 2)
    }

    @Test(arguments: ["userauth 1000:x", "userauth 1000@example.org", "userauth"])
    func userWithoutAllPartsIsRefused(_ request: String) {
        var client = SimulatedClient()
        _ = client.actions()
        #expect(client.send(request) == [Self.reply("-ERR invalid"), Self.goodbye, "(close)"])
    }

    /// What waits behind a request is bounded, but a body has to be read on however long it is.
    @Test func readsNoFurtherThanItHasTo() {
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: ConnectionMachine.pendingLimit + 1)
        var client = SimulatedClient.known()
        #expect(client.change { $0.received(Array("sendevent DTMF\nContent-Length: 1000000\n\n".utf8)) } == [])
        #expect(client.change { $0.received(piece) } == [])
        var isCrowded = client.isCrowded
        #expect(!isCrowded)
        var busy = SimulatedClient.known()
        #expect(busy.send("api status") == ["(ask command status)"])
        #expect(busy.change { $0.received(piece) } == [])
        isCrowded = busy.isCrowded
        #expect(isCrowded)
    }

    @Test func closesWhenTheStreamMakesNoSense() {
        var client = SimulatedClient.known()
        #expect(client.send("api x\nContent-Length: x") == ["(close)"])
        #expect(client.send("api status") == [])
    }
}

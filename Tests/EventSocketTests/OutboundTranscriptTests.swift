import EventSocket
import SwitchCore
import Testing

/// Connections that a channel has made.
struct OutboundTranscriptTests {
    private static func reply(_ text: String) -> String { "Content-Type: command/reply\nReply-Text: \(text)\n\n" }

    private static func client(isAsync: Bool = false, isFull: Bool = true) -> SimulatedClient {
        SimulatedClient(.outbound(channel: "u", isAsync: isAsync, isFull: isFull))
    }

    @Test func saysWhatIsKnownOfTheChannel() {
        var client = Self.client(isAsync: true)
        #expect(client.actions() == [])
        #expect(client.send("connect") == ["(ask data u)"])
        var event = Event(.channelData)
        event.add("Event-Name", "CHANNEL_DATA")
        event.add("variable_note", "a b")
        #expect(
            client.answer(.event(event)) == [
                "Event-Name: CHANNEL_DATA\nvariable_note: a%20b\nContent-Type: command/reply\n"
                    + "Reply-Text: %2BOK%0A\nSocket-Mode: async\nControl: full\n\n"
            ]
        )
    }

    @Test(
        arguments: [
            ("getvar name", "(ask variable name of u)", .text("one\ntwo"), "one two"),
            (
                "sendmsg\ncall-command: execute\nexecute-app-name: answer",
                "(ask message execute answer() as uuid-1 to u and wait)", .done(true), "+OK"
            ),
            (
                "sendmsg\ncall-command: execute\nexecute-app-name: answer\nasync: true",
                "(ask message execute answer() as uuid-1 to u)", .done(true), "+OK"
            ),
            ("sendmsg v\ncall-command: hangup", "(ask message hangup NORMAL_CLEARING to v)", .done(true), "+OK"),
        ] as [(String, String, ConnectionMachine.Answer, String)]
    )
    func asks(_ request: String, _ question: String, _ answer: ConnectionMachine.Answer, _ text: String) {
        var client = Self.client()
        #expect(client.send(request) == [question])
        #expect(client.answer(answer) == [Self.reply(text)])
    }

    @Test(
        arguments: [
            ("api status", ["-ERR command not found"]), ("bgapi status", ["-ERR command not found"]),
            ("sendevent DTMF", ["-ERR command not found"]), ("log", ["-ERR command not found"]),
            ("sendmsg v\ncall-command: hangup", ["-ERR invalid session id [v]"]),
            ("event plain DTMF", ["(interest plain DTMF of u)", "+OK event listener enabled plain"]),
            ("myevents v", ["-ERR invalid uuid"]), ("noevents", ["-ERR not listening for events"]),
        ] as [(String, [String])]
    )
    func singleChannelHasItsOwnOnly(_ request: String, _ actions: [String]) {
        var client = Self.client(isFull: false)
        #expect(client.send(request) == actions.map { $0.hasPrefix("(") ? $0 : Self.reply($0) })
    }

    @Test(
        arguments: [
            ("resume", ["(resume)", "+OK"]),
            ("linger", ["+OK will linger"]), ("linger 5", ["+OK will linger 5 seconds"]),
            ("nolinger", ["+OK will not linger"]),
            ("divert_events on", ["+OK events diverted", "(interest plain diverted u)"]),
            ("divert_events", ["-ERR missing value."]),
            ("divert_events no", ["+OK events not diverted", "(interest plain)"]),
            ("bgapi status", ["(job uuid-1 status||u)", "+OK Job-UUID: uuid-1\nJob-UUID: uuid-1"]),
        ] as [(String, [String])]
    )
    func controls(_ request: String, _ actions: [String]) {
        var client = Self.client()
        #expect(client.send(request) == actions.map { $0.hasPrefix("(") ? $0 : Self.reply($0) })
    }

    private static let head = "Content-Type: text/disconnect-notice\nControlled-Session-UUID: u\n"
    private static let goodbye = "Disconnected, goodbye.\n"

    @Test(
        arguments: [
            (
                [],
                [
                    "\(head)Content-Disposition: disconnect\nContent-Length: 23\n\n\(goodbye)",
                    "(close)",
                ]
            ),
            (
                ["linger"],
                ["\(head)Content-Disposition: linger\nChannel-Name: n\nLinger-Time: -1\nContent-Length: 0\n\n"]
            ),
            (
                ["linger 7"],
                [
                    "\(head)Content-Disposition: linger\nChannel-Name: n\nLinger-Time: 7\nContent-Length: 0\n\n",
                    "(linger 7)",
                ]
            ),
            (
                ["linger", "nolinger"],
                [
                    "\(head)Content-Disposition: disconnect\nContent-Length: 23\n\n\(goodbye)",
                    "(close)",
                ]
            ),
        ] as [([String], [String])]
    )
    func tellsTheEndOfItsChannel(_ requests: [String], _ actions: [String]) {
        var client = Self.client()
        for request in requests { _ = client.send(request) }
        #expect(client.change { $0.channelEnded(name: "n") } == actions)
        if actions.last != "(close)" {
            // It still talks.
            #expect(client.send("api status") == ["(ask command status)"])
            _ = client.answer(.text("x"))
            #expect(client.change { $0.lingerEnded() }.last == "(close)")
        }
    }

    /// What was asked before the channel ended is not taken for the answer to what was asked after.
    @Test func answersDoNotComeTooLate() {
        var client = Self.client()
        _ = client.send("linger")
        #expect(client.send("sendmsg\ncall-command: execute\nexecute-app-name: sleep").count == 1)
        let early = client.asked
        #expect(client.change { $0.channelEnded(name: "n") }.first == Self.reply("-ERR invalid session id [u]"))
        #expect(client.send("api status") == ["(ask command status)"])
        #expect(client.answer(.done(true), to: early) == [])
        #expect(client.answer(.text("fine")) == ["Content-Type: api/response\nContent-Length: 4\n\nfine"])
    }

    /// A request that was under way is answered before the last words.
    @Test func answersBeforeItEnds() {
        var client = Self.client()
        #expect(client.send("getvar x") == ["(ask variable x of u)"])
        let actions = client.change { $0.channelEnded(name: "n") }
        #expect(actions.first == Self.reply("-ERR the channel is over"))
        #expect(actions.last == "(close)")
    }
}

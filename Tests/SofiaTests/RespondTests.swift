import SIP
import SwitchCore
import TandemTesting
import Testing

/// What a caller hears of causes, and of the statuses that the dialplan chooses itself.
struct RespondTests {
    private static let contact = "Contact: <sip:1000@10.0.0.99>"

    /// The answers to a call of 5005, which does these things, without the 100; and the cause of the channel's end.
    private static func answers(_ actions: [(String, String)]) throws -> (statuses: [String], cause: String?) {
        let exchange = try SimulatedSwitch(seed: 1, settings: ["auth-calls": "false"], actions: actions)
        exchange.start()
        let hangups = exchange.softswitch.events.subscribe(to: [.channelHangup]) {}
        let peer = WirePeer(exchange)
        peer.request("INVITE", uri: "sip:5005@10.0.0.1", [contact])
        let lines = peer.heard.compactMap { message in
            message.status.map { "\($0) \(message.reasonPhrase)" }
        }
        return (lines.filter { !$0.hasPrefix("100") }, hangups.takeAll().first?["Hangup-Cause"])
    }

    @Test(arguments: [
        ("UNALLOCATED_NUMBER", 404), ("NO_ROUTE_TRANSIT_NET", 404), ("NO_ROUTE_DESTINATION", 404), ("USER_BUSY", 486),
        ("NO_USER_RESPONSE", 408), ("NO_ANSWER", 480), ("SUBSCRIBER_ABSENT", 480), ("CALL_REJECTED", 603),
        ("NUMBER_CHANGED", 410), ("REDIRECTION_TO_NEW_DESTINATION", 410), ("EXCHANGE_ROUTING_ERROR", 483),
        ("DESTINATION_OUT_OF_ORDER", 502), ("INVALID_PROFILE", 502), ("INVALID_NUMBER_FORMAT", 484),
        ("INVALID_GATEWAY", 484), ("INVALID_URL", 484), ("FACILITY_REJECTED", 501), ("FACILITY_NOT_IMPLEMENTED", 501),
        ("SERVICE_NOT_IMPLEMENTED", 501), ("NORMAL_CIRCUIT_CONGESTION", 503), ("NETWORK_OUT_OF_ORDER", 503),
        ("NORMAL_TEMPORARY_FAILURE", 503), ("SWITCH_CONGESTION", 503), ("REQUESTED_CHAN_UNAVAIL", 503),
        ("BEARERCAPABILITY_NOTAVAIL", 503), ("GATEWAY_DOWN", 503), ("OUTGOING_CALL_BARRED", 403),
        ("INCOMING_CALL_BARRED", 403), ("BEARERCAPABILITY_NOTAUTH", 403), ("BEARERCAPABILITY_NOTIMPL", 488),
        ("INCOMPATIBLE_DESTINATION", 488), ("RECOVERY_ON_TIMER_EXPIRE", 504), ("ORIGINATOR_CANCEL", 487),
        ("BUSY_EVERYWHERE", 600), ("DECLINE", 603), ("DOES_NOT_EXIST_ANYWHERE", 604), ("NOT_ACCEPTABLE", 606),
        ("UNWANTED", 607), ("NORMAL_CLEARING", 480), ("NORMAL_UNSPECIFIED", 480), ("INTERWORKING", 480),
    ])
    func causesHaveAStatus(_ cause: String, _ status: Int) throws {
        let heard = try Self.answers([("hangup", cause)])
        #expect(heard.statuses.map { $0.prefix(3) } == ["\(status)"])
        #expect(heard.cause == cause)
    }

    @Test(arguments: [
        (["486"], ["486 Busy Here"], "USER_BUSY"), (["486 Not now"], ["486 Not now"], "USER_BUSY"),
        (["402"], ["402 Payment Required"], "CALL_REJECTED"),
        (["482"], ["482 Loop Detected"], "EXCHANGE_ROUTING_ERROR"),
        (["699 Odd"], ["699 Odd"], "NORMAL_UNSPECIFIED"),
        // What is provisional does not end anything.
        (["183 Wait a bit", "503"], ["183 Wait a bit", "503 Service Unavailable"], "NORMAL_TEMPORARY_FAILURE"),
        (["180", "182 Queued", "404"], ["180 Ringing", "182 Queued", "404 Not Found"], "UNALLOCATED_NUMBER"),
        // What is neither is an error, and the call goes on.
        (["200 OK", "100", "99", "x", "486"], ["486 Busy Here"], "USER_BUSY"),
    ])
    func statusesOfTheDialplanAreSent(_ statuses: [String], _ heard: [String], _ cause: String) throws {
        let answers = try Self.answers(statuses.map { ("respond", $0) })
        #expect(answers.statuses == heard)
        #expect(answers.cause == cause)
    }

    /// `log` and `info` say what they are told to.
    @Test func theLogIsWrittenTo() throws {
        let log = LogCapture()
        let exchange = try SimulatedSwitch(
            seed: 1,
            settings: ["auth-calls": "false"],
            actions: [
                ("set", "my_colour=green"), ("log", "WARNING it is ${my_colour}"), ("log", "plain"), ("info", ""),
            ],
            log: log
        )
        exchange.start()
        WirePeer(exchange).request("INVITE", uri: "sip:5005@10.0.0.1", [Self.contact])
        #expect(log.levels(of: "it is green") == ["warning"])
        #expect(log.levels(of: "plain") == ["debug"])
        let info = try #require(log.lines.first { $0.contains("variable_my_colour") })
        #expect(info.contains("green") && info.contains("Caller-Destination-Number"))
    }
}

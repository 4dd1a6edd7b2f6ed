import SIP
import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// Why nobody answered, as the caller's variables and dialplan hear it.
///
/// 1001 is busy, 1002 rings, 1003 is not registered, 1004 says nothing, 1005 answers with a codec that nobody offered.
struct FailureCauseTests {
    /// A dial string, and what is said about it when so many seconds are over.
    struct Row: Sendable {
        let dial: String
        var seconds = 1
        /// `originate_failed_cause`.
        let cause: String
        /// `originate_disposition`, where that is another.
        var disposition: String?
        /// `DIALSTATUS`, where that is not the disposition.
        var status: String?
    }

    private static func user(_ number: Int) -> String { "user/\(number)@10.0.0.1" }

    @Test(arguments: [
        // Users and groups.
        Row(dial: user(1003), cause: "USER_NOT_REGISTERED"), Row(dial: user(9999), cause: "SUBSCRIBER_ABSENT"),
        Row(dial: "user/1001@other.example", cause: "MANDATORY_IE_MISSING"),
        Row(dial: "user/1001@nowhere.example", cause: "SUBSCRIBER_ABSENT"),
        Row(dial: "user/", cause: "SUBSCRIBER_ABSENT"),
        Row(dial: "group/nobody@10.0.0.1", cause: "NO_ROUTE_DESTINATION"),
        Row(dial: "group/unknown@10.0.0.1", cause: "NO_ROUTE_DESTINATION"),
        // What is no destination.
        Row(dial: "nonsense/1001", cause: "CHAN_NOT_IMPLEMENTED"), Row(dial: "nonsense", cause: "CHAN_NOT_IMPLEMENTED"),
        Row(dial: "sofia/internal", cause: "INVALID_URL"),
        Row(dial: "sofia/", cause: "INVALID_URL"),
        Row(dial: "sofia//1001@10.0.0.17", cause: "INVALID_PROFILE", status: "INVALIDARGS"),
        Row(dial: "sofia/unknown/1001@10.0.0.17", cause: "INVALID_PROFILE", status: "INVALIDARGS"),
        Row(dial: "sofia/internal/", cause: "USER_NOT_REGISTERED"),
        Row(dial: "sofia/internal/1003", cause: "USER_NOT_REGISTERED"),
        Row(dial: "sofia/internal/1003%10.0.0.1", cause: "USER_NOT_REGISTERED"),
        Row(dial: "sofia/gateway/unknown", cause: "INVALID_URL"),
        Row(dial: "sofia/gateway/unknown/1001", cause: "INVALID_GATEWAY"),
        // Errors that the dialplan makes itself, by name and number.
        Row(dial: "error/USER_BUSY", cause: "USER_BUSY", status: "BUSY"),
        Row(dial: "error/gateway_down", cause: "GATEWAY_DOWN"),
        Row(dial: "error/21", cause: "CALL_REJECTED", status: "DONTCALL"),
        Row(dial: "error/0", cause: "DESTINATION_OUT_OF_ORDER", status: "INVALIDARGS"),
        Row(dial: "error/WHATEVER", cause: "NORMAL_CLEARING"), Row(dial: "error/", cause: "NORMAL_CLEARING"),
        // Hosts that cannot be reached: no such name, no such transport, nobody there.
        Row(dial: "sofia/internal/1@nowhere.example", cause: "NORMAL_TEMPORARY_FAILURE"),
        Row(dial: "sofia/internal/1@10.0.0.99;transport=tls", cause: "NORMAL_TEMPORARY_FAILURE"),
        Row(dial: "sofia/internal/1@10.0.0.99", seconds: 34, cause: "RECOVERY_ON_TIMER_EXPIRE"),
        // Several: the first call in the dial string speaks for those who ring together, the last alternative for all.
        Row(dial: "\(user(1001)),\(user(1001))", cause: "USER_BUSY", status: "BUSY"),
        Row(dial: "\(user(1005)),\(user(1001))", cause: "INCOMPATIBLE_DESTINATION"),
        Row(dial: "\(user(1001)),\(user(1005))", cause: "USER_BUSY", status: "BUSY"),
        Row(dial: "\(user(1003)),\(user(1001))", cause: "USER_BUSY", status: "BUSY"),
        Row(dial: "\(user(1001)),\(user(1003))", cause: "USER_BUSY", status: "BUSY"),
        Row(dial: "\(user(1003)),error/GATEWAY_DOWN", cause: "GATEWAY_DOWN"),
        Row(dial: "\(user(1001))|\(user(1003))", cause: "USER_NOT_REGISTERED"),
        Row(dial: "\(user(1003))|\(user(1001))", cause: "USER_BUSY", status: "BUSY"),
        // Groups on their own: the last one that has another cause.
        Row(dial: "\(user(1001)):_:\(user(1003))", cause: "USER_NOT_REGISTERED"),
        Row(dial: "\(user(1003)):_:\(user(1001))", cause: "USER_BUSY", status: "BUSY"),
        // Times.
        Row(dial: user(1002), seconds: 61, cause: "NO_ANSWER", status: "NOANSWER"),
        Row(dial: "{originate_timeout=2}\(user(1002))", seconds: 3, cause: "NO_ANSWER", status: "NOANSWER"),
        Row(dial: "{call_timeout=2}\(user(1002)),\(user(1001))", seconds: 3, cause: "NO_ANSWER", status: "NOANSWER"),
        Row(dial: "[leg_timeout=2]\(user(1002))", seconds: 3, cause: "ALLOTTED_TIMEOUT"),
        Row(dial: "[leg_timeout=2]\(user(1002)),\(user(1001))", seconds: 3, cause: "ALLOTTED_TIMEOUT"),
        Row(dial: "[leg_progress_timeout=2]\(user(1004))", seconds: 3, cause: "PROGRESS_TIMEOUT"),
        Row(
            dial: "{progress_timeout=2}\(user(1004))",
            seconds: 3,
            cause: "PROGRESS_TIMEOUT",
            disposition: "NO_ANSWER",
            status: "NOANSWER"
        ),
        Row(
            dial: "{progress_timeout=2,originate_timeout=4}\(user(1002))",
            seconds: 5,
            cause: "NO_ANSWER",
            status: "NOANSWER"
        ),
        Row(dial: "[leg_progress_timeout=2,leg_timeout=4]\(user(1002))", seconds: 5, cause: "ALLOTTED_TIMEOUT"),
        Row(dial: "[leg_progress_timeout=4,leg_timeout=2]\(user(1004))", seconds: 3, cause: "ALLOTTED_TIMEOUT"),
        Row(
            dial: "{originate_timeout=2}[leg_timeout=4,leg_progress_timeout=4]\(user(1004))",
            seconds: 3,
            cause: "NO_ANSWER",
            status: "NOANSWER"
        ),
        // One refusal for all.
        Row(
            dial: "{fail_on_single_reject=true}\(user(1002)),\(user(1001))",
            cause: "USER_BUSY",
            status: "BUSY"
        ),
        // Codecs.
        Row(dial: user(1005), cause: "INCOMPATIBLE_DESTINATION"),
        Row(dial: "[absolute_codec_string=G729]\(user(1002))", cause: "INCOMPATIBLE_DESTINATION"),
    ])
    func says(row: Row) throws {
        let call = try Call("bridge \(row.dial)")
        call.exchange.loop.advance(by: .seconds(row.seconds))
        call.expect(row)
        #expect(call.exchange.softswitch.sessions.count == 1, "\(row.dial)")
    }

    /// What the statuses of a phone mean.
    @Test(
        arguments: [
            (400, "NORMAL_TEMPORARY_FAILURE", nil), (401, "CALL_REJECTED", "DONTCALL"),
            (403, "CALL_REJECTED", "DONTCALL"),
            (404, "UNALLOCATED_NUMBER", nil), (405, "SERVICE_UNAVAILABLE", nil), (408, "RECOVERY_ON_TIMER_EXPIRE", nil),
            (410, "NUMBER_CHANGED", nil), (415, "SERVICE_NOT_IMPLEMENTED", nil), (420, "INTERWORKING", nil),
            (480, "NO_USER_RESPONSE", nil), (483, "EXCHANGE_ROUTING_ERROR", nil), (484, "INVALID_NUMBER_FORMAT", nil),
            (485, "NO_ROUTE_DESTINATION", nil), (486, "USER_BUSY", "BUSY"), (487, "ORIGINATOR_CANCEL", "CANCEL"),
            (488, "INCOMPATIBLE_DESTINATION", nil), (499, "NORMAL_UNSPECIFIED", nil),
            (500, "NORMAL_TEMPORARY_FAILURE", nil),
            (502, "NETWORK_OUT_OF_ORDER", nil), (503, "NORMAL_TEMPORARY_FAILURE", nil), (600, "USER_BUSY", "BUSY"),
            (603, "CALL_REJECTED", "DONTCALL"), (604, "NO_ROUTE_DESTINATION", nil),
            (606, "INCOMPATIBLE_DESTINATION", nil),
            (607, "UNWANTED", nil),
        ] as [(Int, String, String?)]
    )
    func translates(status: Int, cause: String, dialStatus: String?) throws {
        let call = try Call("bridge \(Self.user(1006))", phone1006: .refuses(status))
        call.exchange.loop.advance(by: .seconds(1))
        call.expect(Row(dial: "\(status)", cause: cause, status: dialStatus))
    }

    /// A call that has been passed on too often goes no further.
    @Test func endsCircles() throws {
        let call = try Call("set max_forwards=1", "bridge \(Self.user(1002))")
        call.exchange.loop.advance(by: .seconds(1))
        call.expect(Row(dial: "circle", cause: "EXCHANGE_ROUTING_ERROR"))
    }

    @Test func tellsWhenTheCallerGoes() throws {
        let call = try Call("bridge \(Self.user(1002)),\(Self.user(1004))")
        call.exchange.loop.advance(by: .seconds(1))
        call.caller.hangUp(call.handle)
        call.exchange.loop.advance(by: .seconds(1))
        #expect(call.variable("originate_disposition") == "ORIGINATOR_CANCEL")
        #expect(call.variable("DIALSTATUS") == "CANCEL")
        #expect(call.variable("hangup_cause") == "ORIGINATOR_CANCEL")
        call.exchange.loop.advance(by: .seconds(40))
        #expect(call.exchange.softswitch.sessions.count == 0)
    }

    /// What the caller's phone hears when the dialplan does not go on; it does after some causes.
    @Test(arguments: [
        (user(1001), 1, "rejected 486"), (user(1003), 1, "rejected 480"), (user(9999), 1, "rejected 480"),
        ("group/nobody@10.0.0.1", 1, "rejected 404"), ("sofia/unknown/a@b", 1, "rejected 502"),
        ("sofia/gateway/unknown/1", 1, "rejected 484"), (user(1005), 1, "rejected 488"),
        ("error/CALL_REJECTED", 1, "rejected 603"),
        ("[leg_timeout=2]\(user(1002))", 3, "rejected 480"), ("sofia/internal/1@10.0.0.99", 34, "rejected 504"),
        ("{originate_timeout=2}\(user(1002))", 3, "answered"), ("error/NO_USER_RESPONSE", 1, "answered"),
    ])
    func hangsUp(dial: String, seconds: Int, heard: String) throws {
        let call = try Call("bridge \(dial)", "answer", "park", isPersistent: false)
        call.exchange.loop.advance(by: .seconds(seconds))
        #expect(call.caller.heard == [heard])
    }

    /// The answer of `originate`.
    @Test(arguments: [
        (user(1001), 1, "-ERR USER_BUSY\n"), (user(1003), 1, "-ERR USER_NOT_REGISTERED\n"),
        ("{originate_timeout=2}\(user(1002))", 3, "-ERR NO_ANSWER\n"),
        ("{progress_timeout=2}\(user(1004))", 3, "-ERR PROGRESS_TIMEOUT\n"),
        ("nonsense/x", 1, "-ERR CHAN_NOT_IMPLEMENTED\n"),
    ])
    func answersCommands(dial: String, seconds: Int, answer: String) throws {
        let call = try Call("park")
        let softswitch = call.exchange.softswitch
        let text = Mutex("")
        call.exchange.loop.run {
            let answer = await softswitch.execute(command: "originate \(dial) &park()")
            text.withLock { $0 = answer }
        }
        call.exchange.loop.advance(by: .seconds(seconds))
        #expect(text.withLock { $0 } == answer)
    }

    /// A call of 1000 to an extension that does these things, and the phones that it may call.
    private final class Call {
        let exchange: SimulatedSwitch
        let caller: SimulatedPhone
        let handle: CallHandle
        private let phones: [SimulatedPhone]
        private let session: Session?

        /// - Parameter isPersistent: Whether the dialplan goes on whatever happens, and the call stays.
        init(
            _ lines: String...,
            isPersistent: Bool = true,
            phone1006 manner: SimulatedPhone.Manner = .answers
        ) throws {
            let all = isPersistent ? ["set continue_on_fail=true"] + lines + ["park"] : lines
            exchange = try SimulatedSwitch(
                seed: 1,
                actions: all.map { line in
                    let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
                    return (parts[0], parts.count > 1 ? parts[1] : "")
                }
            )
            exchange.start()
            let manners: [(Int, SimulatedPhone.Manner)] = [
                (1001, .refuses(486)), (1002, .rings), (1004, .isSilent), (1005, .misunderstands), (1006, manner),
            ]
            phones = manners.map { [exchange] number, manner in
                let phone = SimulatedPhone(exchange, user: String(number), seed: UInt8(number - 1000))
                phone.manner = manner
                phone.register(expires: 3600)
                return phone
            }
            exchange.loop.advance(by: .seconds(1))
            caller = SimulatedPhone(exchange, seed: 99)
            handle = caller.call("5005")
            // The challenge and its answer; whoever is called hears of it later.
            exchange.loop.advance(by: .milliseconds(25))
            session = exchange.softswitch.sessions.all.first { $0.direction == .inbound }
        }

        func variable(_ name: String) -> String? {
            exchange.loop.run { [session] in await session?.variable(name) } ?? nil
        }

        func expect(_ row: Row) {
            let disposition = row.disposition ?? row.cause
            let found = ["originate_failed_cause", "originate_disposition", "DIALSTATUS"].map { variable($0) ?? "-" }
            #expect(found == [row.cause, disposition, row.status ?? disposition], "\(row.dial)")
        }
    }
}

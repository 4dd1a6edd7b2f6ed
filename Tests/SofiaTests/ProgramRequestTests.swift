import SIP
import SwitchCore
import TandemTesting
import Testing

/// What programs have sent by events (`sendevent NOTIFY` and its kin).
struct ProgramRequestTests {
    /// What a program sends, and what the phone gets of it.
    struct Example: Sendable, CustomTestStringConvertible {
        var event: EventName
        var headers: [String: String]
        var body = ""
        /// The method and some headers of what comes; nothing when `nil`.
        var request: SIPMethod?
        var lines: [String: String] = [:]
        var testDescription: String { "\(event) \(headers)" }
    }

    private static let phone = "sip:1000@10.0.0.99"

    @Test(arguments: [
        Example(
            event: .notify,
            headers: [
                "profile": "internal", "event-string": "check-sync;reboot=false", "user": "1000", "host": "10.0.0.1",
                "content-type": "application/simple-message-summary",
            ],
            request: .notify,
            lines: ["Event": "check-sync;reboot=false", "Subscription-State": "terminated;reason=noresource"]
        ),
        Example(
            event: .notify,
            headers: [
                "profile": "internal", "event-string": "x", "user": "1000", "host": "10.0.0.1",
                "content-type": "text/plain", "call-id": "phone",
            ],
            body: "hello",
            request: .notify,
            lines: ["Content-Type": "text/plain"]
        ),
        Example(
            event: .notify,
            headers: [
                "profile": "internal", "event-string": "x", "user": "1000", "host": "10.0.0.1",
                "content-type": "text/plain", "call-id": "another",
            ]
        ),
        Example(
            event: .notify,
            headers: [
                "profile": "internal", "contact-uri": phone, "to-uri": "sip:1000@10.0.0.1",
                "from-uri": "<sip:pbx@10.0.0.1>", "extra-headers": "X-Own: a b\nno header", "no-sub-state": "true",
            ],
            body: "Messages-Waiting: no",
            request: .notify,
            lines: ["Event": "message-summary", "X-Own": "a b", "Content-Type": "application/simple-message-summary"]
        ),
        Example(event: .notify, headers: ["profile": "internal", "user": "1000", "host": "10.0.0.1"]),
        Example(event: .notify, headers: ["profile": "other", "to-uri": phone, "from-uri": phone]),
        Example(
            event: .sendMessage,
            headers: [
                "profile": "internal", "user": "1000", "host": "10.0.0.1", "content-type": "text/plain",
                "subject": "hi",
            ],
            body: "hello",
            request: .message,
            lines: ["Subject": "hi", "Content-Type": "text/plain"]
        ),
        Example(
            event: .sendMessage,
            headers: ["profile": "internal", "user": "1001", "host": "10.0.0.1", "content-type": "text/plain"],
            body: "hello"
        ),
        Example(
            event: .sendInfo,
            headers: [
                "profile": "internal", "to-uri": phone, "from-uri": "sip:a@10.0.0.1", "content-type": "text/plain",
                "alert-info": "<http://x>",
            ],
            body: "hello",
            request: .info,
            lines: ["Alert-Info": "<http://x>"]
        ),
        Example(
            event: .sendInfo,
            headers: ["profile": "internal", "local-user": "1000@10.0.0.1", "from-uri": "sip:a@10.0.0.1"],
            request: .info
        ),
    ])
    func reachesThePhone(_ example: Example) throws {
        let phone = try RegisteredPhone()
        let softswitch = phone.exchange.softswitch
        softswitch.events.publish(example.event) {
            var event = softswitch.makeEvent(example.event)
            for (name, value) in example.headers { event.add(name, value) }
            event.body = example.body.isEmpty ? nil : example.body
            return event
        }
        phone.wait(1)
        let heard = phone.peer.heard.filter { $0.isRequest && $0.callID != "phone" }
        guard let method = example.request else {
            #expect(heard.isEmpty)
            return
        }
        let request = try #require(heard.first)
        #expect(request.method == method)
        #expect(request.requestURI?.description == Self.phone)
        #expect(request.bodyText == example.body)
        for (name, value) in example.lines { #expect(request.first(SIPHeaderName(name)) == value) }
        let state = request.first(.subscriptionState)
        #expect((state == nil) == (method != .notify || example.headers["no-sub-state"] != nil))
    }

    /// What a request is made of has a limit, altogether and by the lines of `extra-headers`.
    @Test(
        arguments: [
            (64, 1, nil), (65, 1, "extra-headers has more than 64 lines"), (2, 8000, nil),
            (2, 8200, "the headers are longer than 16384 bytes"),
        ] as [(Int, Int, String?)]
    )
    func boundsHeaders(_ lines: Int, _ length: Int, _ why: String?) throws {
        let phone = try RegisteredPhone()
        let softswitch = phone.exchange.softswitch
        let line = "X-Own: " + String(repeating: "x", count: length)
        softswitch.events.publish(.notify) {
            var event = softswitch.makeEvent(.notify)
            for (name, value) in [
                ("profile", "internal"), ("to-uri", Self.phone), ("from-uri", "sip:a@10.0.0.1"),
                ("extra-headers", Array(repeating: line, count: lines).joined(separator: "\n")),
            ] { event.add(name, value) }
            return event
        }
        phone.wait(1)
        let request = phone.peer.heard.first { $0.isRequest && $0.callID != "phone" }
        #expect(request?.all(named: "X-Own").count == (why == nil ? lines : nil))
        let told = phone.log.lines.filter { $0.hasPrefix("nothing is sent") }
        #expect(told == (why.map { ["nothing is sent event=NOTIFY why=\($0)"] } ?? []))
    }
}

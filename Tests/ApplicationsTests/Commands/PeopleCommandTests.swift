import SwitchCore
import TandemTesting
import Testing

/// What programs hear of texts, and of what people do.
struct PeopleCommandTests {
    @Test(
        arguments: [
            (
                "chat event|1000@one.example|1001@two.example|Hello, you|text/html", EventName.message,
                [
                    "proto": "event", "from": "1000@one.example", "from_user": "1000", "from_host": "one.example",
                    "to": "1001@two.example", "to_user": "1001", "to_host": "two.example", "type": "text/html",
                    "subject": "SIMPLE MESSAGE",
                ], "Hello, you"
            ),
            (
                "chat event|operator|1001|a", .message,
                ["from_user": "operator", "from_host": "", "to_host": "", "type": "text/plain"], "a"
            ),
            (
                "presence in 1000@example.org open On the phone", .presenceIn,
                [
                    "proto": "any", "login": "1000@example.org", "from": "1000@example.org", "rpid": "open",
                    "status": "On the phone", "event_type": "presence", "alt_event_type": "dialog",
                ], nil
            ),
            ("presence OUT 1000 busy Away", .presenceOut, ["from": "1000", "rpid": "busy", "status": "Away"], nil),
            (
                "presence message-count 1000@example.org 2/0 (0/0)", .messageWaiting,
                [
                    "MWI-Messages-Waiting": "yes", "MWI-Message-Account": "1000@example.org",
                    "MWI-Voice-Message": "2/0 (0/0)",
                ], nil
            ),
            (
                "presence message-count 1000 0/0 (0/0)", .messageWaiting, ["MWI-Messages-Waiting": "no"], nil
            ),
        ] as [(String, EventName, [String: String], String?)]
    )
    func tells(_ line: String, _ name: EventName, _ headers: [String: String], _ body: String?) throws {
        let exchange = try TestSwitch("")
        let subscription = exchange.softswitch.events.subscribe(to: [name]) {}
        let softswitch = exchange.softswitch
        _ = exchange.loop.run { await softswitch.execute(command: line) }
        let event = try #require(subscription.takeAll().first)
        for (header, value) in headers { #expect(event[header] == value, "\(header)") }
        #expect(event.body == body)
    }
}

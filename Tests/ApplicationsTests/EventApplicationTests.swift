import SwitchCore
import TandemTesting
import Testing

/// What the application `event` tells.
struct EventApplicationTests {
    /// What it is given, the name of the event, and a header of it.
    @Test(
        arguments: [
            ("", "CHANNEL_APPLICATION", "Event-Subclass", nil), ("A=1", "CHANNEL_APPLICATION", "a", "1"),
            ("Event-Subclass=x::y", "CHANNEL_APPLICATION", "Event-Subclass", "x::y"),
            ("Event-Name=NONSENSE,A=1", "CHANNEL_APPLICATION", "A", "1"),
            ("event-name=custom,Event-Subclass=x::y", "CUSTOM", "Event-Subclass", "x::y"),
            // What the switch says itself stands first, or alone.
            ("Event-Name=CHANNEL_HANGUP,Unique-ID=other,A=1", "CHANNEL_HANGUP", "A", "1"),
            ("Event-Name=CUSTOM,Event-Info=1", "CUSTOM", "Event-Info", nil),
            ("Content-Length=9", "CHANNEL_APPLICATION", "Content-Length", nil),
            // Neither a value nor a name is more than a line.
            ("A=1\r\nUnique-ID: other", "CHANNEL_APPLICATION", "A", "1\r\nUnique-ID: other"),
            ("A: 1\nUnique-ID: other=1", "CHANNEL_APPLICATION", "A: 1\nUnique-ID: other", "1"),
            ("A\u{0}\rB=1", "CHANNEL_APPLICATION", "A\u{0}\rB", "1"),
        ] as [(String, String, String, String?)]
    )
    func tells(_ data: String, _ name: String, _ header: String, _ value: String?) throws {
        let call = try CallerFixture(["park"])
        let events = call.softswitch.events.subscribe(to: [.custom, .channelApplication, .channelHangup]) {}
        let caller = call.caller
        _ = call.exchange.run { await caller.execute("event", data) }
        let told = events.takeAll()
        try #require(told.count == 1)
        #expect(told[0].name.text == name && told[0]["Event-Name"] == name && told[0]["Unique-ID"] == caller.id)
        #expect(told[0][header] == value)
        let bytes = EventFormat.plain.encode(told[0])
        #expect(bytes.split(separator: UInt8(ascii: "\n")).count == told[0].headers.count)
        #expect(bytes.allSatisfy { $0 >= 0x20 || $0 == UInt8(ascii: "\n") })
    }
}

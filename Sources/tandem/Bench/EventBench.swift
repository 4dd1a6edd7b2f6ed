import SwitchCore

/// Writing events for clients: done once for each form, however many clients there are.
enum EventBench {
    private static let variableCount = 60

    static func run(_ stopwatch: Stopwatch) -> BenchTable {
        let event = makeEvent()
        let bytes = EventFormat.plain.encode(event).count
        var table = BenchTable("events, \(event.headers.count) headers, \(bytes) octets", unit: "event")
        table.add("collect the headers", stopwatch.measure { _ = makeEvent() })
        for format in EventFormat.allCases {
            table.add("write as \(format.rawValue)", stopwatch.measure { _ = format.encode(event) })
        }
        return table
    }

    /// As many headers as an answered call's events have.
    private static func makeEvent() -> Event {
        var event = Event(.channelAnswer)
        event.add("Event-Name", EventName.channelAnswer.text)
        event.add("Channel-Name", "sofia/internal/1000@192.0.2.10")
        event.add("Event-Date-GMT", "Thu, 01 Jan 2026 00:00:00 GMT")
        for name in names { event.add(name, "1767225600000000") }
        for name in variables { event.add(name, "a value of some length") }
        return event
    }

    private static let names = (0..<50).map { "Caller-Header-\($0)" }
    private static let variables = (0..<variableCount).map { "variable_sip_header_\($0)" }
}

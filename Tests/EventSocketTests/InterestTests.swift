import SwitchCore
import Testing

@testable import EventSocket

/// Which events a client gets.
struct InterestTests {
    private static func event(_ name: EventName, _ headers: [String: String] = [:], subclass: String? = nil) -> Event {
        var event = Event(name, subclass: subclass)
        event.add("Event-Name", name.text)
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { event.add(name, value) }
        return event
    }

    @Test(
        arguments: [
            (["ALL"], .custom, "a::b", true), (["ALL"], .dtmf, nil, true),
            (["DTMF"], .dtmf, nil, true), (["DTMF"], .heartbeat, nil, false),
            (["CUSTOM"], .custom, nil, true), (["CUSTOM"], .custom, "a::b", false),
            (["CUSTOM", "a::b"], .custom, "a::b", true), (["CUSTOM", "a::b"], .custom, "a::c", false),
        ] as [([String], EventName, String?, Bool)]
    )
    func names(_ words: [String], _ name: EventName, _ subclass: String?, _ isWanted: Bool) {
        var interest = Interest()
        #expect(interest.add(words) == true)
        #expect(InterestMatcher(interest).wants(Self.event(name, subclass: subclass)) == isWanted)
    }

    @Test(
        arguments: [
            ([("Unique-ID", "U1")], true), ([("Unique-ID", "u2")], false),
            ([("Unique-ID", "u2"), ("Unique-ID", "u1")], true),
            ([("Unique-ID", "/^u[0-9]$/")], true), ([("Unique-ID", "/^x/")], false),
            ([("Unique-ID", "+u1")], true), ([("Unique-ID", "+/^u/")], false),
            ([("Unique-ID", "u1"), ("Event-Name", "-DTMF")], false),
            ([("Event-Name", "-HEARTBEAT")], false),
            ([("Unique-ID", "u1"), ("Event-Name", "-HEARTBEAT")], true),
            ([("No-Such", "x")], false),
        ] as [([(String, String)], Bool)]
    )
    func filters(_ filters: [(String, String)], _ isWanted: Bool) {
        var interest = Interest()
        #expect(interest.add(["ALL"]) == true)
        for (header, value) in filters { #expect(interest.add(EventFilter(header: header, value: value)) == true) }
        #expect(InterestMatcher(interest).wants(Self.event(.dtmf, ["Unique-ID": "u1"])) == isWanted)
    }

    @Test func oneChannelHasItsJobsToo() {
        var interest = Interest()
        interest.follow("u")
        #expect(interest.add(["BACKGROUND_JOB"]) == true)
        let matcher = InterestMatcher(interest)
        #expect(matcher.wants(Self.event(.dtmf, ["Unique-ID": "u"])))
        #expect(!matcher.wants(Self.event(.dtmf, ["Unique-ID": "v"])))
        #expect(matcher.wants(Self.event(.backgroundJob, ["Job-Owner-UUID": "u"])))
        #expect(!matcher.wants(Self.event(.backgroundJob, ["Job-Owner-UUID": "v"])))
    }

    @Test func maskHidesWhatIsNotAllowed() {
        var interest = Interest()
        #expect(interest.add(["ALL"]) == true)
        interest.mask = EventMask("DTMF CUSTOM a::b")
        let matcher = InterestMatcher(interest)
        #expect(matcher.wants(Self.event(.dtmf)))
        #expect(!matcher.wants(Self.event(.heartbeat)))
        #expect(matcher.wants(Self.event(.custom, subclass: "a::b")))
        #expect(!matcher.wants(Self.event(.custom, subclass: "a::c")))
    }

    @Test func limitsFilters() {
        var interest = Interest()
        for number in 0..<Interest.limit { #expect(interest.add(EventFilter(header: "a", value: "\(number)")) == true) }
        #expect(interest.add(EventFilter(header: "a", value: "x")) == false)
        interest.removeFilters("all", value: nil)
        #expect(interest.filters.isEmpty)
    }

    @Test(
        arguments: [
            ("127.0.0.1:9000 async full", ["127.0.0.1:9000"], true, true),
            ("host", ["host:8084"], false, false), ("host FULL", ["host:8084"], false, true),
            ("a:1|b:2/path|[::1]:3|[::2] async", ["a:1", "b:2", "::1:3", "::2:8084"], true, false),
            ("", nil, false, false), ("host:0", nil, false, false), ("host:99999", nil, false, false),
            ("host:x", nil, false, false), (":1", nil, false, false),
            ("[::1]:8085 async full", ["::1:8085"], true, true), ("[2001:db8::1]", ["2001:db8::1:8084"], false, false),
            ("[::1]:1/path FULL", ["::1:1"], false, true),
            // Without brackets, nobody knows where the port begins.
            ("::1", nil, false, false), ("::1:8084", nil, false, false), ("[::1", nil, false, false),
            ("[::1]8084", nil, false, false), ("[]:8084", nil, false, false), ("[::1]:", nil, false, false),
        ] as [(String, [String]?, Bool, Bool)]
    )
    func targets(_ text: String, _ hosts: [String]?, _ isAsync: Bool, _ isFull: Bool) {
        let target = SocketTarget(text)
        #expect(target?.hosts.map { "\($0.name):\($0.port)" } == hosts)
        guard let target else { return }
        #expect(target.isAsync == isAsync)
        #expect(target.isFull == isFull)
    }
}

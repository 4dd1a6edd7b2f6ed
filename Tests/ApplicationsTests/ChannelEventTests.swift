import SwitchCore
import TandemTesting
import Testing

/// What is told of a channel while its call goes on.
struct ChannelEventTests {
    /// What a caller does, what a command does to it then, and what that tells: the event, and a header of it.
    @Test(
        arguments: [
            ([("ring_ready", ""), ("sleep", "60000")], "", EventName.channelProgress, "Answer-State", "ringing"),
            ([("pre_answer", ""), ("sleep", "60000")], "", .channelProgressMedia, "Answer-State", "early"),
            ([("answer", ""), ("sleep", "60000")], "", .codec, "Channel-Read-Codec-Name", "L16"),
            ([("answer", ""), ("sleep", "60000")], "", .codec, "Channel-Write-Codec-Rate", "8000"),
            ([("answer", ""), ("park", "")], "uuid_transfer % 2", .channelUnpark, "Call-Direction", "inbound"),
            ([("answer", ""), ("park", "")], "uuid_kill %", .channelUnpark, "Answer-State", "hangup"),
        ] as [([(String, String)], String, EventName, String, String)]
    )
    func tellsOfCallers(
        _ lines: [(String, String)],
        _ line: String,
        _ name: EventName,
        _ header: String,
        _ value: String
    ) throws {
        let exchange = try TestSwitch(
            Actions.extension("1", lines) + Actions.extension("2", [("sleep", "60000")])
        )
        let events = exchange.softswitch.events.subscribe(to: [name]) {}
        let call = try exchange.call("1")
        if !line.isEmpty {
            // Nothing has happened yet that this event would be about.
            #expect(events.takeAll().isEmpty)
            _ = exchange.command(line.replacing("%", with: call.id))
        }
        let told = events.takeAll().filter { $0["Unique-ID"] == call.id }
        try #require(told.count == 1)
        #expect(told[0]["Event-Name"] == name.text && told[0][header] == value)
    }

    /// What is told of the leg that a caller rings, once.
    @Test(
        arguments: [
            ("null/a", EventName.channelOriginate, "Other-Type", "originator"),
            ("null/a", .channelOriginate, "Call-Direction", "outbound"),
            ("loopback/rings", .channelProgress, "Channel-Call-State", "RINGING"),
            ("loopback/early", .channelProgressMedia, "Channel-Call-State", "EARLY"),
        ] as [(String, EventName, String, String)]
    )
    func tellsOfCalledLegs(_ dial: String, _ name: EventName, _ header: String, _ value: String) throws {
        let call = try CallerFixture(["sleep 1000", "bridge [origination_uuid=leg]\(dial)", "park"])
        let events = call.softswitch.events.subscribe(to: [name]) {}
        call.advance(3)
        let told = events.takeAll().filter { $0["Unique-ID"] == "leg" }
        try #require(told.count == 1)
        #expect(told[0]["Event-Name"] == name.text && told[0][header] == value)
        #expect(call.leftovers() == [0, 0])
    }

    /// A hold is told once, and its end too, however often the far end says it.
    @Test(
        arguments: [
            ([true], ["CHANNEL_HOLD HELD"]), ([true, true], ["CHANNEL_HOLD HELD"]), ([false], []),
            ([true, false, false], ["CHANNEL_HOLD HELD", "CHANNEL_UNHOLD ACTIVE"]),
            ([true, false, true], ["CHANNEL_HOLD HELD", "CHANNEL_UNHOLD ACTIVE", "CHANNEL_HOLD HELD"]),
        ] as [([Bool], [String])]
    )
    func tellsOfHolds(_ holds: [Bool], _ expected: [String]) throws {
        let call = try CallerFixture(["answer", "park"])
        let events = call.softswitch.events.subscribe(to: [.channelHold, .channelUnhold]) {}
        let caller = call.caller
        for isHeld in holds { _ = call.exchange.run { await caller.remoteHeld(isHeld) } }
        let told = events.takeAll()
        #expect(told.map { "\($0.name.text) \($0["Channel-Call-State"] ?? "")" } == expected)
        #expect(told.allSatisfy { $0["Unique-ID"] == caller.id })
        #expect(call.leftovers() == [0, 0])
    }
}

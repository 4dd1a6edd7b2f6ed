import SwitchCore
import TandemTesting
import Testing

/// What is told of whom a channel speaks for.
struct ChannelPresenceTests {
    private static func statuses(of id: String?, _ steps: @escaping @Sendable (Session) async -> Void) throws -> [Event]
    {
        let call = try CallerFixture(["park"])
        let events = call.softswitch.events.subscribe(to: [.presenceIn]) {}
        let caller = call.caller
        _ = call.exchange.run {
            if let id { await caller.setVariable("presence_id", id) }
            await steps(caller)
        }
        call.exchange.loop.advance(by: .seconds(1))
        return events.takeAll()
    }

    @Test func eachStepIsTold() throws {
        let told = try Self.statuses(of: "1000@example.com") { caller in
            await caller.answer()
            await caller.remoteHeld(true)
            await caller.remoteHeld(false)
            await caller.divert(to: TransferTarget("nowhere"))
        }
        #expect(told.map { $0["status"] } == ["answered", "hold", "unhold", "CS_ROUTING", "CS_HANGUP"])
        #expect(told.map { $0["event_count"] } == ["0", "1", "2", "3", "4"])
        #expect(told.map { $0["presence-call-info-state"] } == ["active", "held", "active", "active", "idle"])
        #expect(told.allSatisfy { $0["from"] == "1000@example.com" && $0["presence-call-direction"] == "inbound" })
    }

    @Test func whoLosesARaceIsCancelled() throws {
        let told = try Self.statuses(of: "1000@example.com") { await $0.hangUp(.loseRace) }
        #expect(told.map { $0["status"] } == ["cancelled"])
    }

    @Test func aChannelThatSpeaksForNobodyTellsNothing() throws {
        #expect(try Self.statuses(of: nil) { await $0.answer() }.isEmpty)
    }
}

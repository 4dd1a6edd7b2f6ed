import Base
import SwitchCore
import TandemTesting
import Testing

/// What others ask of a channel, and the order in which it is done.
struct SessionMessageTests {
    private static let extensions = """
        <extension name="park"><condition field="destination_number" expression="^park$">
          <action application="answer"/><action application="park"/></condition></extension>
        <extension name="sleep"><condition field="destination_number" expression="^sleep$">
          <action application="sleep" data="10000"/><action application="set" data="after=sleep"/>
          <action application="park"/></condition></extension>
        """

    private static func execute(_ application: String, _ data: String, locked: Bool = false) -> SessionMessage {
        var message = SessionMessage(.execute(application: application, data: data))
        message.isLocked = locked
        return message
    }

    /// The applications that a channel has finished, in order.
    private static func finished(_ exchange: TestSwitch, _ work: () throws -> Void) rethrows -> [String] {
        let subscription = exchange.softswitch.events.subscribe(to: [.channelExecuteComplete]) {}
        try work()
        let events = subscription.takeAll()
        exchange.softswitch.events.unsubscribe(subscription)
        return events.map { "\($0["Application"] ?? "")(\($0["Application-Data"] ?? ""))" }
    }

    @Test(
        arguments: [
            // Without a lock, what comes later is done while the earlier waits.
            (false, ["set(a=1)", "set(b=1)", "sleep(1000)"]),
            (true, ["sleep(1000)", "set(a=1)", "set(b=1)"]),
        ]
    )
    func locksKeepOthersWaiting(_ isLocked: Bool, _ order: [String]) throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call("park")
        let done = Self.finished(exchange) {
            exchange.run {
                await session.post(Self.execute("sleep", "1000", locked: isLocked))
                await session.post(Self.execute("set", "a=1"))
                await session.post(Self.execute("set", "b=1"))
            }
            exchange.loop.advance(by: .seconds(2))
        }
        #expect(done == order)
    }

    @Test func priorityGoesFirst() throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call("park")
        let done = Self.finished(exchange) {
            exchange.run {
                await session.post(Self.execute("sleep", "1000", locked: true))
                await session.post(Self.execute("set", "a=1"))
                var first = Self.execute("set", "b=1")
                first.hasPriority = true
                await session.post(first)
            }
            exchange.loop.advance(by: .seconds(2))
        }
        #expect(done == ["sleep(1000)", "set(b=1)", "set(a=1)"])
    }

    /// An application of the dialplan that waits does not keep messages waiting, and goes on after them.
    @Test func worksWhileTheDialplanWaits() throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call("sleep")
        exchange.run { await session.post(Self.execute("set", "during=sleep")) }
        #expect(exchange.run { await session.variable("during") } == "sleep")
        #expect(exchange.run { await session.variable("after") } == .some(nil))
        exchange.loop.advance(by: .seconds(11))
        #expect(exchange.run { await session.variable("after") } == "sleep")
    }

    @Test func loopsAndIdentity() throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call("park")
        let subscription = exchange.softswitch.events.subscribe(to: [.channelExecute]) {}
        exchange.run {
            var message = Self.execute("set", "a=1")
            message.loops = 3
            message.identity = ExecutionIdentity("e-1", name: "n")
            await session.post(message)
        }
        let events = subscription.takeAll()
        #expect(events.map { $0["Application-UUID"] } == ["e-1", "e-1", "e-1"])
        #expect(events.first?["Application-UUID-Name"] == "n")
    }

    @Test func divertsToOtherApplications() throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call("sleep")
        let route = DialplanRoute(
            extensionName: "x",
            actions: [
                DialplanAction(application: "set", data: "diverted=yes"), DialplanAction(application: "park", data: ""),
            ]
        )
        exchange.run { await session.post(SessionMessage(.divert(route))) }
        exchange.loop.advance(by: .seconds(11))
        #expect(exchange.run { await session.variable("diverted") } == "yes")
        #expect(exchange.run { await session.variable("after") } == .some(nil))
    }

    @Test func hangsUpAndTellsWhatIsNotDone() throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call("park")
        let told = Counter()
        exchange.run {
            _ = await session.whenEnded { told.add("end") }
            await session.post(Self.execute("sleep", "60000", locked: true))
            var message = Self.execute("set", "a=1")
            message.completion = { told.add("dropped") }
            await session.post(message)
        }
        #expect(told.words == [])
        session.requestHangUp(.userBusy)
        exchange.loop.runQueued()
        #expect(told.words == ["dropped", "end"])
        #expect(exchange.run { await session.post(Self.execute("set", "a=1")) } == false)
    }

    /// A called leg, which has no task of its own, does what is asked of it.
    @Test func calledLegWorksToo() throws {
        let exchange = try TestSwitch(Self.extensions)
        let parked = try exchange.call("park")
        let other = exchange.run { await parked.variable("other_loopback_leg_uuid") } ?? nil
        let leg = try #require(other.flatMap { exchange.softswitch.sessions[$0] })
        exchange.run { await leg.post(Self.execute("set", "note=here")) }
        #expect(exchange.run { await leg.variable("note") } == "here")
        exchange.run { await leg.post(SessionMessage(.hangUp(.userBusy))) }
        #expect(exchange.run { await leg.variable("hangup_cause") } == "USER_BUSY")
    }

    // @unchecked: used on the simulated loop only, which is the test's own thread.
    private final class Counter: @unchecked Sendable {
        private(set) var words: [String] = []

        func add(_ word: String) { words.append(word) }
    }
}

import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// What still happens, and what does not, when a call ends while something is made out for it; and who is told of its end.
struct EndedCallTests {
    /// Applications whose data takes two seconds to make out, of a call that lasts one: only those that need no call run.
    @Test(
        arguments: [
            ("set", "after=yes${msleep(2000)}", true), ("export", "after=yes${msleep(2000)}", true),
            ("multiset", "after=yes${msleep(2000)}", true), ("strftime", "after=%Y${msleep(2000)}", false),
            ("hash", "insert/r/k/v${msleep(2000)}", true), ("limit", "hash r k 5 ${msleep(2000)}", false),
            ("sched_hangup", "+600 ${msleep(2000)}", false), ("sched_transfer", "+600 1 ${msleep(2000)}", false),
            ("session_loglevel", "${msleep(2000)}debug", false), ("playback", "silence${msleep(2000)}", false),
            ("no_such_application", "${msleep(2000)}", false),
        ]
    )
    func runs(_ application: String, _ data: String, _ isRun: Bool) throws {
        let call = try CallerFixture(["set before=yes", "\(application) \(data)"])
        call.advance(1)
        let last = call.variable("last_app")
        call.exchange.run { [caller = call.caller] in await caller.hangUp(.normalClearing) }
        call.advance(2)
        #expect(call.variable("last_app") == (isRun ? application : last))
        #expect(call.variable("after") == (isRun && application != "hash" ? "yes+OK" : nil))
        #expect(call.exchange.command("hash select/r/k") == (application == "hash" ? "v+OK" : ""))
        #expect(call.exchange.command("limit_usage hash r k") == "0")
        #expect(call.exchange.command("show tasks").contains("0 total."))
        #expect(call.leftovers() == [0, 0])
    }

    /// What is left of the extension runs after the call where that is wanted, as far as it may.
    @Test(arguments: ["", "set_zombie_exec", "uuid_zombie_exec"])
    func goesOn(_ wish: String) throws {
        let begin = wish == "set_zombie_exec" ? [wish] : []
        let call = try CallerFixture(
            begin + ["sleep 60000", "set first=yes", "playback silence", "limit hash r n 1", "set last=yes"]
        )
        if wish == "uuid_zombie_exec" {
            #expect(call.exchange.command("uuid_zombie_exec none") == "-ERR no such session\n")
            #expect(call.exchange.command("uuid_zombie_exec \(call.caller.id)") == "+OK\n")
        }
        call.hangUp(call.caller.id)
        let value: String? = wish.isEmpty ? nil : "yes"
        #expect(call.variable("first") == value && call.variable("last") == value)
        #expect(call.variable("last_app") == (wish.isEmpty ? "sleep" : "set"))
        #expect(call.variable("limit_usage") == nil && call.leftovers() == [0, 0])
    }

    /// The rest of a context is not looked at, nor are its commands run, for a call that has ended.
    @Test(arguments: [0.5, 5])
    func hunts(_ seconds: Double) throws {
        let exchange = try TestSwitch(
            """
            <extension name="slow" continue="true"><condition field="${msleep(1000)}" expression="."/>
            <condition field="${global_setvar(first=yes)}" expression="."/></extension>
            <extension name="set" continue="true"><condition field="destination_number" expression="^1$">
            <action inline="true" application="set_global" data="second=yes"/></condition></extension>
            <extension name="next"><condition field="${global_setvar(third=yes)}" expression="."/>
            <condition><action application="park"/></condition></extension>
            """
        )
        let call = try exchange.call("1")
        exchange.loop.advance(by: .milliseconds(Int(seconds * 1000)))
        call.requestHangUp(.normalClearing)
        exchange.loop.advance(by: .seconds(5))
        let seen = ["first", "second", "third"].map { exchange.command("global_getvar \($0)") }
        #expect(seen == Array(repeating: seconds > 1 ? "yes" : "", count: 3))
        #expect([exchange.softswitch.sessions.count, exchange.loop.pendingTimers] == [0, 0])
    }

    /// What many applications hold one after the other is free at the end of the call, however many they are.
    @Test func givesEverythingBack() throws {
        let limits = (0..<300).map { "limit hash r n\($0) 1" }
        let call = try CallerFixture(limits + ["mutex door", "set held=yes", "park"])
        #expect(call.variable("held") == "yes")
        let usages = { (0..<300).filter { call.exchange.command("limit_usage hash r n\($0)") != "0" }.count }
        #expect(usages() == 300)
        let next = try call.exchange.call("1")
        call.hangUp(next.id)
        call.hangUp(call.caller.id)
        #expect(usages() == 0)
        #expect(call.leftovers() == [0, 0])
    }

    /// A command that comes too late for the channel makes it hold nothing, and puts nothing off.
    @Test func holdsNothingAfterTheEnd() throws {
        let call = try CallerFixture(["answer", "park"])
        let caller = call.caller
        call.hangUp(caller.id)
        let isWatched = call.exchange.run { await caller.observeStates(as: "test") { _, _ in true } }
        #expect(isWatched == false)
        call.exchange.run { await caller.execute("limit", "hash r n 1") }
        #expect(call.exchange.command("limit_usage hash r n") == "0")
        let time = ScheduledTime("+600", now: 0)
        #expect(!caller.scheduleHangUp(time, .normalClearing))
        #expect(caller.scheduleTransfer(time, to: TransferTarget("2")) == nil)
        #expect(caller.schedule(time, Broadcast("silence")) == nil)
        #expect(call.exchange.command("show tasks").contains("0 total."))
    }

    /// Who asks to be told of the end is told once; who takes that back is not, and makes room for others.
    @Test func tellsOfTheEnd() throws {
        let call = try CallerFixture(["answer", "park"])
        let caller = call.caller
        let told = TestSwitch.StopCounter()
        let ask = { @Sendable () async -> Session.EndToken? in await caller.whenEnded { told.count() } }
        let tokens = call.exchange.run { () async -> [Session.EndToken] in
            var tokens: [Session.EndToken] = []
            while let token = await ask(), tokens.count < 1000 { tokens.append(token) }
            return tokens
        }
        let count = try #require(tokens?.count)
        #expect((60..<1000).contains(count))
        let first = try #require(tokens?.first)
        caller.forget(first)
        #expect(call.exchange.run { [await ask() != nil, await ask() != nil] } == [true, false])
        call.hangUp(caller.id)
        #expect(told.value == count)
        // Whoever comes later is told at once.
        #expect(call.exchange.run { await ask() != nil } == true)
        #expect(told.value == count + 1)
    }

    /// An observer takes the place of one of its name, ends when it says so, and may be taken out.
    @Test func observersHaveNames() throws {
        let call = try CallerFixture(["answer", "park"])
        let seen = Sightings()
        call.exchange.run { [caller = call.caller] in
            await seen.watch(caller, as: "a") { _ in true }
            await seen.watch(caller, as: "a") { $0 != .routing }
            await seen.watch(caller, as: "b") { _ in true }
            await seen.watch(caller, as: "c") { _ in true }
            await caller.stopObservingStates(as: "c")
        }
        _ = call.exchange.command("uuid_transfer \(call.caller.id) 2")
        call.hangUp(call.caller.id)
        let routed = seen.all
        #expect(routed.prefix(3) == ["a CS_ROUTING", "b CS_ROUTING", "b CS_EXECUTE"])
        #expect(routed.contains("b CS_HANGUP") && !routed.contains("c CS_ROUTING"))
    }
}

/// What observers saw.
private final class Sightings: Sendable {
    private let seen = Mutex<[String]>([])

    var all: [String] { seen.withLock { $0 } }

    func watch(_ session: isolated Session, as name: String, _ stays: @escaping @Sendable (ChannelState) -> Bool) {
        let isWatching = session.observeStates(as: name) { _, state in
            self.seen.withLock { $0.append("\(name) \(state.name)") }
            return stays(state)
        }
        #expect(isWatching)
    }
}

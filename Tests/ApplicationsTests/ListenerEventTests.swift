import MediaEngine
import SwitchCore
import TandemTesting
import Testing

/// What is told when something listens to a channel, when a loopback leaves, and before the program ends.
struct ListenerEventTests {
    @Test(
        arguments: [
            ("uuid_displace % start tone_stream://%(60000,0,440)", "displace", "tone_stream://%(60000,0,440)"),
            ("tone_detect % beep 440 r", "tone_detect", "beep"), ("uuid_record % start FILE", "session_record", "FILE"),
        ]
    )
    func tellsOfListeners(_ line: String, _ function: String, _ target: String) throws {
        let file = RecordedSound()
        let call = try CallerFixture(["answer", "park"])
        let events = call.softswitch.events.subscribe(to: [.mediaBugStart, .mediaBugStop]) {}
        let command = line.replacing(" % ", with: " \(call.caller.id) ").replacing("FILE", with: file.path)
        #expect(call.exchange.answer(command).hasPrefix("+OK"))
        let caller = call.caller
        _ = call.exchange.run { await caller.execute("remove_bugs", "") }
        var told: [[String?]] = []
        let isOver = { () -> Bool in
            told += events.takeAll().filter { $0["Unique-ID"] == caller.id }
                .map { [$0.name.text, $0["Media-Bug-Function"], $0["Media-Bug-Target"]] }
            return told.count >= 2
        }
        #expect(call.exchange.loop.runUntil(isOver))
        let name = target.replacing("FILE", with: file.path)
        #expect(told == [["MEDIA_BUG_START", function, name], ["MEDIA_BUG_STOP", function, name]])
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    @Test(arguments: [("asap", "ASAP"), ("elegant", "elegant")])
    func tellsOfTheEnd(_ word: String, _ info: String) throws {
        let exchange = try TestSwitch("")
        let events = exchange.softswitch.events.subscribe(to: [.shutdownRequested]) {}
        #expect(exchange.command("fsctl shutdown \(word)") == "+OK\n")
        #expect(events.takeAll().map { $0["Event-Info"] } == [info])
    }

    @Test func tellsOfALoopbackThatLeaves() throws {
        let call = try CallerFixture(["park"])
        let events = call.softswitch.events.subscribe(to: [.custom]) {}
        let (caller, exchange) = (call.caller, call.exchange)
        _ = exchange.run {
            await caller.broadcast("bridge", "{loopback_bowout_on_execute=true}loopback/2/default")
        }
        #expect(exchange.loop.runUntil { call.variable("other") == "2" })
        let told = events.takeAll().filter { $0["Event-Subclass"] == "loopback::bowout" }
        #expect(told.map { $0["Acquired-UUID"] } == [caller.id])
        #expect(told.first?["Resigning-UUID"] != told.first?["Resigning-Peer-UUID"])
    }
}

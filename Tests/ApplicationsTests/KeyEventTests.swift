import Base
import MediaEngine
import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// Keys as events of RTP (RFC 4733), or as tones in its audio; the audio runs in real time.
@Suite(.serialized) struct KeyEventTests {
    /// The stream of a channel, and the other end of it, which notes what keys it hears.
    private final class Line: Sendable {
        let near: MediaStream
        let far: MediaStream
        private let loop: SimulatedLoop
        private let heard = Mutex<[(key: Character, milliseconds: Int)]>([])

        /// - Parameter hearsEvents: Whether the other end takes events; else it listens for tones.
        init(_ call: CallerFixture, hearsEvents: Bool) throws {
            let media = call.softswitch.media
            (near, far) = (try media.openStream(on: .loopbackV4), try media.openStream(on: .loopbackV4))
            loop = call.exchange.loop
            var parameters = MediaParameters(codec: MediaCodec("PCMU"), payloadType: 0, remote: far.localEndpoint)
            (parameters.telephoneEventSend, parameters.telephoneEventReceive) = (101, 101)
            near.update(parameters)
            parameters.remote = near.localEndpoint
            parameters.telephoneEventReceive = hearsEvents ? 101 : nil
            far.update(parameters)
            far.detectKeys(!hearsEvents)
            far.setEventHandler { [weak self] event in
                guard case .dtmf(let digit, let milliseconds) = event else { return }
                self?.take(digit, milliseconds)
            }
        }

        /// The first key that the other end has heard.
        var first: Character? { heard.withLock { $0.first?.key } }
        /// All that it has heard, and how long each was.
        var all: [String] { heard.withLock { $0.map { "\($0.key) \($0.milliseconds)" } } }

        private func take(_ digit: Character, _ milliseconds: Int) {
            heard.withLock { $0.append((digit, milliseconds)) }
            // Whoever waits for it looks again.
            loop.execute {}
        }
    }

    private static func join(_ session: Session, _ line: Line, in call: CallerFixture) {
        let near = line.near
        _ = call.exchange.run { await session.attach(media: near, codec: MediaCodec("PCMU")) }
    }

    /// Keys are in the audio from `start_dtmf_generate` to `stop_dtmf_generate`, though events were agreed on.
    @Test(
        arguments: [
            ([], "9"), (["start_dtmf_generate"], "7"), (["start_dtmf_generate", "stop_dtmf_generate"], "9"),
        ] as [([String], Character)]
    )
    func speaksKeys(_ applications: [String], _ first: Character) throws {
        let call = try CallerFixture(["answer", "park"])
        let (line, caller) = (try Line(call, hearsEvents: false), call.caller)
        Self.join(caller, line, in: call)
        for name in applications { _ = call.exchange.run { await caller.execute(name, "") } }
        _ = call.exchange.run { await caller.execute("send_dtmf", "7") }
        // This one comes first where the other was no tone.
        caller.say("tone_stream://d=200;w=200;9;loops=-1", in: call.exchange)
        #expect(call.exchange.loop.runUntil { line.first != nil })
        #expect(line.first == first)
        line.far.close()
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// What the far end hears, by the application and by the command: each key for as long as was said.
    @Test(
        arguments: [
            ("12#@100", ["1 100", "2 100", "# 100"]), ("7@60+8@120", ["7 60", "8 120"]), ("5w6@80", ["5 80", "6 80"]),
        ] as [(String, [String])],
        [true, false]
    )
    func sendsKeys(_ keys: (String, [String]), isApplication: Bool) throws {
        let call = try CallerFixture(["answer", "park"])
        let (line, caller) = (try Line(call, hearsEvents: true), call.caller)
        Self.join(caller, line, in: call)
        let (text, heard) = keys
        if isApplication {
            _ = call.exchange.run { await caller.execute("send_dtmf", text) }
        } else {
            let answer = call.exchange.command("uuid_send_dtmf \(caller.id) \(text)")
            #expect(answer == "+OK \(caller.id) sent DTMF \(text).\n")
        }
        #expect(call.exchange.loop.runUntil { line.all.count >= heard.count })
        #expect(line.all == heard)
        line.far.close()
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// A far end that is to hear no keys hears none of the dialplan's either.
    @Test(arguments: [("block_dtmf", "unblock_dtmf"), ("set drop_dtmf=true", "set drop_dtmf=false")])
    func keepsWhatIsSent(_ on: String, _ off: String) throws {
        let call = try CallerFixture(["answer", "park"])
        let (line, caller) = (try Line(call, hearsEvents: true), call.caller)
        Self.join(caller, line, in: call)
        for step in [on, "send_dtmf 7", off, "send_dtmf 9"] {
            let parts = step.split(separator: " ", maxSplits: 1).map(String.init)
            _ = call.exchange.run { await caller.execute(parts[0], parts.count > 1 ? parts[1] : "") }
        }
        // This one comes first where the other was kept.
        #expect(call.exchange.loop.runUntil { line.first != nil })
        #expect(line.first == "9")
        line.far.close()
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// Keys that come beside the audio are handed to the partner, unless they are kept or end the bridge.
    @Test(
        arguments: [
            ([], "7"), (["set bridge_filter_dtmf=true"], "9"), (["set bridge_filter_dtmf=false"], "7"),
            (["set sensitive_dtmf=true"], "9"),
        ] as [([String], Character)]
    )
    func handsKeysOn(_ settings: [String], _ first: Character) throws {
        let call = try CallerFixture(settings + ["answer", "park"])
        let (caller, other) = (call.caller, try call.exchange.call("1"))
        let lines = [try Line(call, hearsEvents: true), try Line(call, hearsEvents: true)]
        Self.join(caller, lines[0], in: call)
        Self.join(other, lines[1], in: call)
        #expect(call.exchange.answer("uuid_bridge \(caller.id) \(other.id)") == "+OK \(other.id)\n")
        #expect(call.exchange.loop.runUntil { lines[0].near.isBridged })
        let answer = call.exchange.command("uuid_recv_dtmf \(caller.id) 7@60")
        #expect(answer == "+OK \(caller.id) received DTMF 7@60.\n")
        // This one comes first where the other was not handed on.
        _ = call.exchange.run { await other.execute("send_dtmf", "9") }
        #expect(call.exchange.loop.runUntil { lines[1].first != nil })
        #expect(lines[1].first == first)
        for line in lines { line.far.close() }
        _ = call.exchange.command("hupall")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }

    /// Keys of a channel that filters them are told of, and not passed on to its partner.
    @Test(arguments: [("true", "9"), ("false", "7"), ("", "7")] as [(String, Character)])
    func filtersKeys(_ setting: String, _ first: Character) throws {
        let call = try CallerFixture(["set bridge_filter_dtmf=\(setting)", "answer", "park"])
        let (caller, other) = (call.caller, try call.exchange.call("1"))
        let lines = [try Line(call, hearsEvents: true), try Line(call, hearsEvents: true)]
        Self.join(caller, lines[0], in: call)
        Self.join(other, lines[1], in: call)
        #expect(call.exchange.answer("uuid_bridge \(caller.id) \(other.id)") == "+OK \(other.id)\n")
        #expect(call.exchange.loop.runUntil { lines[0].near.isBridged })
        let events = call.softswitch.events.subscribe(to: [.dtmf]) {}
        lines[0].far.sendDTMF("7", duration: .milliseconds(100))
        var told: [String] = []
        let isTold = call.exchange.loop.runUntil {
            told += events.takeAll().filter { $0["Unique-ID"] == caller.id }.compactMap { $0["DTMF-Digit"] }
            return !told.isEmpty
        }
        #expect(isTold && told == ["7"])
        // This one comes first where the other was not passed on.
        _ = call.exchange.run { await other.execute("send_dtmf", "9") }
        #expect(call.exchange.loop.runUntil { lines[1].first != nil })
        #expect(lines[1].first == first)
        call.softswitch.events.unsubscribe(events)
        for line in lines { line.far.close() }
        _ = call.exchange.command("hupall")
        #expect(call.leftoversAfterFiles() == [0, 0])
    }
}

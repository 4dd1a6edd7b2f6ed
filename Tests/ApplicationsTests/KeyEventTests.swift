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
        private let heard = Mutex<[Character]>([])

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
                guard case .dtmf(let digit, _) = event else { return }
                self?.take(digit)
            }
        }

        /// The first key that the other end has heard.
        var first: Character? { heard.withLock { $0.first } }

        private func take(_ digit: Character) {
            heard.withLock { $0.append(digit) }
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

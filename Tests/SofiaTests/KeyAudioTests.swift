import Base
import MediaEngine
import SIP
import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// What phones hear of keys in their audio, which runs in real time: events (RFC 4733), or tones.
@Suite(.serialized) struct KeyAudioTests {
    /// What a phone hears.
    private final class Ear: Sendable {
        let stream: MediaStream
        private let loop: SimulatedLoop
        private let heard = Mutex<[Character]>([])

        /// - Parameter type: The payload type of the events that it takes; it listens for tones when that is `nil`.
        init(_ exchange: SimulatedSwitch, events type: UInt8?) throws {
            stream = try exchange.softswitch.media.openStream(on: .loopbackV4)
            loop = exchange.loop
            var parameters = MediaParameters(codec: MediaCodec("PCMU"), payloadType: 0)
            (parameters.telephoneEventSend, parameters.telephoneEventReceive) = (type, type)
            stream.update(parameters)
            stream.detectKeys(type == nil)
            stream.setEventHandler { [weak self] event in
                guard case .dtmf(let digit, _) = event else { return }
                self?.take(digit)
            }
        }

        var port: UInt16 { stream.localEndpoint?.port ?? 0 }
        var first: Character? { heard.withLock { $0.first } }

        private func take(_ digit: Character) {
            heard.withLock { $0.append(digit) }
            // Whoever waits for it looks again.
            loop.execute {}
        }
    }

    private static let bridge = "bridge sofia/internal/b@10.0.0.98"

    /// A phone that has not agreed on events gets them where keys are taken liberally, at our own payload type.
    @Test func liberalKeysAreEvents() throws {
        var ear: Ear?
        let bench = try KeyBench(
            ["answer", "park"],
            events: false,
            settings: ["liberal-dtmf": "true", "rfc2833-pt": "102"]
        ) { exchange in
            let new = try Ear(exchange, events: 102)
            ear = new
            return new.port
        }
        #expect(bench.send("7@100", to: try bench.id(.inbound)))
        #expect(bench.exchange.loop.runUntil { ear?.first != nil })
        #expect(ear?.first == "7")
        ear?.stream.close()
    }

    /// A phone that takes neither events nor requests hears a tone for each key that its partner presses.
    @Test(arguments: ["rtp_info_when_no_2833=false", nil] as [String?])
    func partnersKeysAreTones(_ variable: String?) throws {
        var mouth: Ear?
        let dial = variable.map { Self.bridge.replacing("sofia/", with: "[\($0)]sofia/") } ?? Self.bridge
        let bench = try KeyBench(["answer", dial]) { exchange in
            let new = try Ear(exchange, events: 101)
            mouth = new
            return new.port
        }
        let ear = try Ear(bench.exchange, events: nil)
        try bench.answerOther(events: false, port: ear.port)
        if variable == nil {
            #expect(bench.send("1@100", to: try bench.id(.outbound)))
            bench.other.respond(405, to: try #require(KeyBench.infos(of: bench.other).first), [])
        }
        let offered = bench.answer?.bodyText.split(whereSeparator: \.isNewline).first { $0.hasPrefix("m=audio ") }
        let port = try #require(offered?.split(separator: " ").dropFirst().first.flatMap { UInt16($0) })
        var parameters = MediaParameters(
            codec: MediaCodec("PCMU"),
            payloadType: 0,
            remote: IPEndpoint(.loopbackV4, port: port)
        )
        (parameters.telephoneEventSend, parameters.telephoneEventReceive) = (101, 101)
        mouth?.stream.update(parameters)
        // Of a tone nobody knows that it is over before there is something else.
        mouth?.stream.sendDTMF("89", duration: .milliseconds(200))
        #expect(bench.exchange.loop.runUntil { ear.first != nil })
        #expect(ear.first == "8")
        for stream in [mouth?.stream, ear.stream] { stream?.close() }
    }
}

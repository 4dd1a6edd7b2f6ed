import Base
import SDP

/// Feeds bytes to the SDP parser and what it reads to both sides of offer/answer.
public enum SDPFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        checkCodecList(String(decoding: bytes.prefix(1024), as: UTF8.self))
        guard let description = try? SessionDescription(parsing: bytes) else { return }
        let printed = description.serialized()
        if let again = try? SessionDescription(parsing: printed) {
            precondition(again.serialized() == printed, "printing is stable")
            precondition(again.media.map(\.payloadFormats) == description.media.map(\.payloadFormats))
            precondition(again.media.map(\.connections) == description.media.map(\.connections))
        } else {
            // Line ends and replaced bytes make a description longer; only the limits may then refuse it.
            precondition(printed.count > SDPLimits.bytes || printed.count(where: { $0 == 0x0A }) > SDPLimits.lines)
        }
        for medium in description.media { check(medium) }
        for mode in [CodecNegotiation.generous, .greedy, .scrooge] { answer(description, mode) }
        offer(description)
    }

    private static let local = IPEndpoint(.loopbackV4, port: 4000)

    private static func leg(_ mode: CodecNegotiation) -> OfferAnswer {
        let codecs = CodecList(parsing: "PCMU,PCMA@30i,L16@16000h,opus,G722,AMR", scope: .passThrough)
        return OfferAnswer(
            configuration: .init(sessionID: 1, codecs: codecs, negotiation: mode, comfortNoisePayloadType: 13)
        )
    }

    private static func checkCodecList(_ text: String) {
        let list = CodecList(parsing: text, scope: .passThrough)
        precondition(list.preferences.count <= CodecList.maximumCount)
        var leg = OfferAnswer(configuration: .init(sessionID: 1, codecs: list))
        guard let offer = leg.makeOffer(from: local) else {
            precondition(list.preferences.isEmpty)
            return
        }
        precondition((try? SessionDescription(parsing: offer.serialized())) == offer)
    }

    private static func check(_ medium: MediaDescription) {
        let formats = medium.payloadFormats
        precondition(Set(formats.map(\.payloadType)).count == formats.count && formats.count <= SDPLimits.formats)
        _ = medium.rtcpAttribute
    }

    private static func check(_ audio: NegotiatedAudio) {
        precondition(audio.sendPayloadType < 128 && audio.receivePayloadType < 128)
        precondition((1...120).contains(audio.codec.ptimeMilliseconds))
        precondition(!(audio.isHeldByRemote && audio.direction.sends))
    }

    private static func answer(_ offer: SessionDescription, _ mode: CodecNegotiation) {
        var leg = leg(mode)
        guard case .acceptable(let offered) = leg.receivedOffer(offer) else { return }
        guard case .answer(let answer, let audio) = leg.makeAnswer(from: local) else {
            preconditionFailure("an acceptable offer is answered")
        }
        check(audio)
        precondition(offered.isHold == audio.isHeldByRemote)
        precondition(answer.media.map(\.kind) == offer.media.map(\.kind), "lines keep their number and order")
        precondition(answer.media.count(where: { $0.port != 0 }) == 1)
        precondition(leg.receivedOffer(offer) == .unchanged(answer: answer))
        precondition(leg.makeAnswer(from: local) == .answer(answer, audio))
        guard let again = leg.makeOffer(from: local, direction: .sendOnly) else {
            preconditionFailure("a leg that is settled can offer")
        }
        precondition(again.media.count == offer.media.count)
        if case .negotiated(let held) = leg.receivedAnswer(offer) { check(held) }
        guard leg.makeOffer(from: local, codecs: CodecList(of: offer, scope: .passThrough)) != nil else { return }
        if case .negotiated(let relayed) = leg.receivedAnswer(offer) { check(relayed) }
    }

    private static func offer(_ answer: SessionDescription) {
        var leg = leg(.generous)
        _ = leg.makeOffer(from: local)
        guard case .negotiated(let audio) = leg.receivedAnswer(answer) else { return }
        check(audio)
        precondition(leg.receivedAnswer(answer) == .unchanged(audio))
    }
}

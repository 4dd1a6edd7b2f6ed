import Base
import SDP
import Testing

/// Media that go past us: descriptions of two others, passed on in our name.
@Suite struct PassedDescriptionTests {
    private static func parse(_ media: String, version: Int = 1) throws -> SessionDescription {
        try OfferAnswerTests.parse(media, version: version)
    }

    /// The media lines of a description, without attributes.
    private static func lines(_ description: SessionDescription?) -> String {
        (description?.media ?? []).map { "\($0.kind) \($0.port)" }.joined(separator: ", ")
    }

    private static let speech = "m=audio 5004 RTP/AVP 0 8|a=fmtp:8 x"
    private static let both = "m=audio 5004 RTP/AVP 0|m=video 5006 RTP/AVP 96|a=rtpmap:96 H264/90000"

    /// What is offered and answered of somebody else's has our name and its lines, as many as the session has.
    @Test func offersAndAnswers() throws {
        var leg = OfferAnswerTests.leg()
        let passed = try Self.parse(Self.both)
        let made = leg.makeOffer(passing: passed)
        let offer = try #require(made)
        #expect(offer.origin?.username == "Tandem" && offer.origin?.sessionVersion == "1")
        #expect(offer.connection?.host == "203.0.113.5")
        #expect(Self.lines(offer) == "audio 5004, video 5006")
        #expect(leg.makeOffer(passing: offer) == nil)
        #expect(leg.makeOffer(from: OfferAnswerTests.local) == nil)
        #expect(leg.receivedOffer(offer) == .glare)
        #expect(leg.receivedOffer(toPass: offer) == .glare)
        #expect(!leg.isAgreed)

        let answer = try Self.parse("m=audio 6000 RTP/AVP 0|m=video 0 RTP/AVP 96")
        #expect(leg.receivedAnswer(answer) == .passed(answer))
        #expect(leg.isAgreed && leg.isPassing && leg.negotiated == nil)
        #expect(leg.latestRemoteDescription == answer)
        // 183, then another 200.
        let later = try Self.parse("m=audio 6002 RTP/AVP 0|m=video 0 RTP/AVP 96")
        #expect(leg.receivedAnswer(later) == .passed(later))

        let speech = try Self.parse(Self.speech)
        let fewer = leg.makeOffer(passing: speech)
        #expect(Self.lines(fewer) == "audio 5004, video 0")
        #expect(fewer?.origin?.sessionVersion == "2")
        leg.exchangeFailed()
        #expect(leg.isPassing && leg.latestRemoteDescription == later)
        let again = leg.makePassedOfferAgain()
        #expect(Self.lines(again) == "audio 5004, video 5006")
    }

    /// The offer of the other side: what is in force answers a refresh, all else is somebody else's to answer.
    @Test func takesOffers() throws {
        var leg = OfferAnswerTests.leg()
        let offer = try Self.parse(Self.both)
        guard case .acceptable = leg.receivedOffer(offer) else { throw Unexpected() }
        #expect(leg.latestRemoteDescription == offer)
        let other = try Self.parse("m=audio 7000 RTP/AVP 0|m=video 7002 RTP/AVP 96|m=text 7004 RTP/AVP 98")
        let answer = leg.makeAnswer(passing: other)
        #expect(Self.lines(answer) == "audio 7000, video 7002")
        #expect(leg.isPassing)
        // In the 200 after the 183 there may be somebody else's, or ours.
        let speech = try Self.parse(Self.speech)
        let changed = leg.makeAnswer(passing: speech)
        #expect(Self.lines(changed) == "audio 5004, video 0")
        #expect(leg.receivedOffer(toPass: offer) == changed.map { .unchanged(answer: $0) })
        guard case .answer(let own, _) = leg.makeAnswer(from: OfferAnswerTests.local) else { throw Unexpected() }
        #expect(Self.lines(own) == "audio 16384, video 0")
        #expect(!leg.isPassing)

        let secret = try Self.parse("m=audio 9 RTP/SAVP 0", version: 2)
        #expect(leg.receivedOffer(toPass: secret) == .pass)
        #expect(leg.isExchangeOpen)
        let line = leg.makeAnswer(passing: other)
        #expect(Self.lines(line) == "audio 7000")
        #expect(leg.isPassing && !leg.isExchangeOpen)
        // In the 200 after the 183 there may be another one.
        let changedLine = leg.makeAnswer(passing: speech)
        #expect(Self.lines(changedLine) == "audio 5004")
        #expect(leg.receivedOffer(secret) == .incompatible(.noAudio))
        #expect(leg.isPassing)
    }

    /// Media that come back: the lines that were passed are rejected, but for ours, and their payload types are not taken again.
    @Test(arguments: [
        (speech, "audio 16384"), (both, "audio 16384, video 0"),
        ("m=video 5006 RTP/AVP 96|a=rtpmap:96 H264/90000|" + speech, "video 0, audio 16384"),
        ("m=audio 5004 RTP/SAVP 0", "audio 0, audio 16384"), ("m=image 5004 udptl t38", "image 0, audio 16384"),
    ])
    func comesBack(_ passed: String, _ lines: String) throws {
        var leg = OfferAnswerTests.leg("L16@16000h,PCMU")
        let other = try Self.parse(passed)
        _ = leg.makeOffer(passing: other)
        _ = leg.receivedAnswer(other)
        let offer = try OfferAnswerTests.offer(&leg)
        #expect(Self.lines(offer) == lines)
        #expect(passed.contains("video") == !offer.media.contains { $0.port != 0 && $0.formats.contains("96") })
        #expect(leg.isPassing)
        let answer = offer.media.map { "m=\($0.kind) \($0.port) \($0.transport) 0" }.joined(separator: "|")
        guard case .negotiated = leg.receivedAnswer(try Self.parse(answer)) else { throw Unexpected() }
        #expect(!leg.isPassing && leg.negotiated != nil)
    }

    /// Whether a side wants no sound sent.
    @Test(arguments: [
        ("m=audio 5004 RTP/AVP 0", false), ("m=audio 5004 RTP/AVP 0|a=sendonly", true),
        ("m=audio 5004 RTP/AVP 0|a=inactive", true), ("m=audio 5004 RTP/AVP 0|a=recvonly", false),
        ("m=audio 5004 RTP/AVP 0|c=IN IP4 0.0.0.0", true), ("m=audio 0 RTP/AVP 0|a=sendonly", false),
    ])
    func holds(_ media: String, _ isHeld: Bool) throws {
        #expect(try Self.parse(media).holdsAudio == isHeld)
    }

    private struct Unexpected: Error {}
}

import Base
import SDP
import Testing

/// The offer/answer model (RFC 3264), with the examples of RFC 3264 §10 and RFC 4317 where they concern audio.
@Suite struct OfferAnswerTests {
    static let local = IPEndpoint(IPAddress(v4: 0xC000_0201), port: 16_384)

    static func leg(
        _ codecs: String = "PCMU,PCMA",
        _ mode: CodecNegotiation = .generous,
        events: UInt8? = 101,
        noise: UInt8? = nil
    ) -> OfferAnswer {
        OfferAnswer(
            configuration: .init(
                sessionID: 7,
                codecs: CodecList(parsing: codecs, scope: .passThrough),
                negotiation: mode,
                telephoneEventPayloadType: events,
                comfortNoisePayloadType: noise
            )
        )
    }

    static func parse(_ media: String, address: String = "203.0.113.5", version: Int = 1) throws -> SessionDescription {
        let family = address.contains(":") ? "IP6" : "IP4"
        let head = "v=0\no=peer 1 \(version) IN IP4 203.0.113.5\ns=-\nc=IN \(family) \(address)\nt=0 0\n"
        return try SessionDescription(parsing: head + media.split(separator: "|").joined(separator: "\n"))
    }

    static func offer(
        _ leg: inout OfferAnswer,
        codecs: CodecList? = nil,
        direction: MediaDirection = .sendRecv
    ) throws -> SessionDescription {
        let offer = leg.makeOffer(from: local, codecs: codecs, direction: direction)
        return try #require(offer)
    }

    /// The lines from the first `m=` on, without `a=rtpmap` of static types.
    static func media(_ description: SessionDescription) -> String {
        let lines = description.description.split(separator: "\r\n").drop { !$0.hasPrefix("m=") }
        return lines.filter { !$0.hasPrefix("a=rtpmap:0 ") && !$0.hasPrefix("a=rtpmap:8 ") }.joined(separator: "|")
    }

    static func summary(_ audio: NegotiatedAudio) -> String {
        let codec = audio.codec
        var text = "\(codec.name)/\(codec.clockRate)@\(codec.ptimeMilliseconds)"
        text += " pt \(audio.sendPayloadType)/\(audio.receivePayloadType)"
        if audio.telephoneEventSend != nil || audio.telephoneEventReceive != nil {
            text += " te \(audio.telephoneEventSend ?? 0)/\(audio.telephoneEventReceive ?? 0)"
            if let rate = audio.telephoneEventClockRate, rate != codec.clockRate { text += "@\(rate)" }
        }
        if let noise = audio.comfortNoise { text += " cn \(noise)" }
        return text + " \(audio.direction) to \(audio.remote)" + (audio.isHeldByRemote ? " held" : "")
    }

    // MARK: - Answering

    struct AnswerCase: Sendable, CustomTestStringConvertible {
        var name: String
        var codecs = "PCMU,PCMA"
        var mode = CodecNegotiation.generous
        var offer: String
        var answer: String
        var agreed: String

        var testDescription: String { name }
    }

    static let answers: [AnswerCase] = [
        AnswerCase(
            name: "generous takes the offer's order and packet time",
            offer: "m=audio 5004 RTP/AVP 8 0 101|a=rtpmap:101 telephone-event/8000|a=ptime:30",
            answer:
                "m=audio 16384 RTP/AVP 8 101|a=rtpmap:101 telephone-event/8000|a=fmtp:101 0-16|a=ptime:30|a=sendrecv",
            agreed: "PCMA/8000@30 pt 8/8 te 101/101 sendRecv to 203.0.113.5:5004"
        ),
        AnswerCase(
            name: "greedy takes our order and the offer's packet time",
            mode: .greedy,
            offer: "m=audio 5004 RTP/AVP 8 0|a=ptime:30",
            answer: "m=audio 16384 RTP/AVP 0|a=ptime:30|a=sendrecv",
            agreed: "PCMU/8000@30 pt 0/0 sendRecv to 203.0.113.5:5004"
        ),
        AnswerCase(
            name: "scrooge keeps our packet time too",
            codecs: "PCMU@40i",
            mode: .scrooge,
            offer: "m=audio 5004 RTP/AVP 8 0|a=ptime:30",
            answer: "m=audio 16384 RTP/AVP 0|a=ptime:40|a=sendrecv",
            agreed: "PCMU/8000@40 pt 0/0 sendRecv to 203.0.113.5:5004"
        ),
        AnswerCase(
            name: "maxptime limits, an impossible ptime is ignored",
            codecs: "PCMU@60i",
            offer: "m=audio 5004 RTP/AVP 0|a=ptime:7|a=maxptime:35",
            answer: "m=audio 16384 RTP/AVP 0|a=ptime:30|a=sendrecv",
            agreed: "PCMU/8000@30 pt 0/0 sendRecv to 203.0.113.5:5004"
        ),
        AnswerCase(
            name: "dynamic payload types are the offer's",
            codecs: "L16@16000h",
            offer: "m=audio 5004 RTP/AVP 0 115 116|a=rtpmap:115 l16/16000|a=rtpmap:116 telephone-event/16000",
            answer:
                "m=audio 16384 RTP/AVP 115 116|a=rtpmap:115 L16/16000|a=rtpmap:116 telephone-event/16000"
                + "|a=fmtp:116 0-16|a=ptime:20|a=sendrecv",
            agreed: "L16/16000@20 pt 115/115 te 116/116 sendRecv to 203.0.113.5:5004"
        ),
        AnswerCase(
            name: "telephone events at another clock than the codec's are better than none",
            codecs: "L16@16000h",
            offer: "m=audio 5004 RTP/AVP 115 101|a=rtpmap:115 l16/16000|a=rtpmap:101 telephone-event/8000",
            answer:
                "m=audio 16384 RTP/AVP 115 101|a=rtpmap:115 L16/16000|a=rtpmap:101 telephone-event/8000"
                + "|a=fmtp:101 0-16|a=ptime:20|a=sendrecv",
            agreed: "L16/16000@20 pt 115/115 te 101/101@8000 sendRecv to 203.0.113.5:5004"
        ),
        AnswerCase(
            name: "video is rejected in its place (RFC 4317 §2.4)",
            offer: "m=video 53000 RTP/AVP 32 31|a=x|m=audio 5004 RTP/AVP 0|m=application 9 UDP/BFCP *",
            answer:
                "m=video 0 RTP/AVP 32 31|m=audio 16384 RTP/AVP 0|a=ptime:20|a=sendrecv|m=application 0 UDP/BFCP *",
            agreed: "PCMU/8000@20 pt 0/0 sendRecv to 203.0.113.5:5004"
        ),
        AnswerCase(
            name: "encrypted audio is rejected, plain audio beside it taken",
            offer: "m=audio 5002 RTP/SAVP 0|m=audio 5004 RTP/AVPF 0|m=audio 5006 RTP/AVP 0",
            answer: "m=audio 0 RTP/SAVP 0|m=audio 16384 RTP/AVPF 0|a=ptime:20|a=sendrecv|m=audio 0 RTP/AVP 0",
            agreed: "PCMU/8000@20 pt 0/0 sendRecv to 203.0.113.5:5004"
        ),
        AnswerCase(
            name: "relayed codecs keep their parameters",
            codecs: "AMR,PCMU",
            offer: "m=audio 5004 RTP/AVP 97 0|a=rtpmap:97 AMR/8000|a=fmtp:97 octet-align=1",
            answer: "m=audio 16384 RTP/AVP 97|a=rtpmap:97 AMR/8000|a=fmtp:97 octet-align=1|a=ptime:20|a=sendrecv",
            agreed: "AMR/8000@20 pt 97/97 sendRecv to 203.0.113.5:5004"
        ),
    ]

    @Test(arguments: answers)
    func answer(_ example: AnswerCase) throws {
        var leg = Self.leg(example.codecs, example.mode)
        guard case .acceptable = leg.receivedOffer(try Self.parse(example.offer)),
            case .answer(let answer, let audio) = leg.makeAnswer(from: Self.local)
        else {
            Issue.record("not answered")
            return
        }
        #expect(Self.media(answer) == example.answer)
        #expect(Self.summary(audio) == example.agreed)
        #expect(leg.negotiated == audio && !leg.isExchangeOpen)
        #expect(leg.makeAnswer(from: Self.local) == .answer(answer, audio), "183 and 200 say the same")
    }

    @Test(arguments: [
        ("m=audio 5004 RTP/AVP 18", OfferAnswerFailure.noCommonCodec),
        ("m=audio 5004 RTP/AVP 101|a=rtpmap:101 telephone-event/8000", .noCommonCodec),
        ("m=audio 5004 RTP/AVP 96|a=rtpmap:96 PCMU/16000", .noCommonCodec),
        ("m=audio 5004 RTP/AVP 96|a=rtpmap:96 PCMU/8000/2", .noCommonCodec),
        ("m=audio 0 RTP/AVP 0", .noAudio),
        ("m=audio 5004 RTP/SAVP 0", .noAudio),
        ("m=audio 0 RTP/AVP 0|m=image 4000 udptl t38", .noAudio),
        ("m=audio 5004 RTP/AVP 0|c=IN IP4 host.example", .unusableAddress),
        ("m=audio 5004 RTP/AVP 18|m=audio 5006 RTP/SAVP 0", .noCommonCodec),
    ])
    func rejectedOffer(offer: String, reason: OfferAnswerFailure) throws {
        var leg = Self.leg()
        #expect(leg.receivedOffer(try Self.parse(offer)) == .incompatible(reason))
        #expect(leg.makeAnswer(from: Self.local) == .noOffer)
        #expect(leg.makeOffer(from: Self.local) != nil, "the leg can still be used")
    }

    /// What our answer says to each direction of an offer (RFC 3264 §6.1, §8.4; RFC 6337 §5.3).
    @Test(arguments: [
        ("a=sendrecv", "203.0.113.5", MediaDirection.sendRecv, "sendRecv"),
        ("", "203.0.113.5", .sendRecv, "sendRecv"),
        ("a=sendonly", "203.0.113.5", .sendRecv, "recvOnly held"),
        ("a=recvonly", "203.0.113.5", .sendRecv, "sendOnly"),
        ("a=inactive", "203.0.113.5", .sendRecv, "inactive held"),
        ("a=sendrecv", "203.0.113.5", .sendOnly, "sendOnly"),
        ("a=sendonly", "203.0.113.5", .sendOnly, "inactive held"),
        ("a=recvonly", "203.0.113.5", .recvOnly, "inactive"),
        ("a=sendrecv", "0.0.0.0", .sendRecv, "recvOnly held"),
        ("a=inactive", "0.0.0.0", .sendRecv, "inactive held"),
        ("a=recvonly", "0.0.0.0", .sendRecv, "inactive held"),
        ("a=sendrecv", "::", .sendRecv, "recvOnly held"),
        ("a=sendrecv", "2001:db8::5", .sendRecv, "sendRecv"),
    ])
    func directions(attribute: String, address: String, wanted: MediaDirection, expected: String) throws {
        var leg = Self.leg()
        let offer = try Self.parse("m=audio 5004 RTP/AVP 0|" + attribute, address: address)
        guard case .acceptable(let offered) = leg.receivedOffer(offer),
            case .answer(let answer, let audio) = leg.makeAnswer(from: Self.local, direction: wanted)
        else {
            Issue.record("not answered")
            return
        }
        #expect("\(audio.direction)" + (audio.isHeldByRemote ? " held" : "") == expected)
        #expect(offered.isHold == audio.isHeldByRemote)
        #expect(answer.media[0].attributes.direction == audio.direction)
    }

    @Test func sessionDirectionAppliesAndRTCPIsFound() throws {
        var leg = Self.leg()
        let text = "v=0\nc=IN IP4 203.0.113.5\na=sendonly\nm=audio 5004 RTP/AVP 0\na=rtcp:6001 IN IP4 203.0.113.6"
        _ = leg.receivedOffer(try SessionDescription(parsing: text))
        guard case .answer(_, let audio) = leg.makeAnswer(from: Self.local) else {
            Issue.record("not answered")
            return
        }
        #expect(audio.direction == .recvOnly)
        #expect(audio.rtcpRemote == IPEndpoint("203.0.113.6:6001"))
    }

    // MARK: - Offering

    static let offers: [(codecs: String, events: UInt8?, noise: UInt8?, expected: String)] = [
        (
            "PCMU,PCMA", 101, nil,
            "m=audio 16384 RTP/AVP 0 8 101|a=rtpmap:101 telephone-event/8000|a=fmtp:101 0-16|a=ptime:20|a=sendrecv"
        ),
        ("PCMA@30i", nil, 13, "m=audio 16384 RTP/AVP 8 13|a=rtpmap:13 CN/8000|a=ptime:30|a=sendrecv"),
        (
            "L16@16000h,L16@44100h,PCMU", 96, nil,
            """
            m=audio 16384 RTP/AVP 97 11 0 98 99 96|a=rtpmap:97 L16/16000|a=rtpmap:11 L16/44100|\
            a=rtpmap:98 telephone-event/16000|a=fmtp:98 0-16|a=rtpmap:99 telephone-event/44100|a=fmtp:99 0-16|\
            a=rtpmap:96 telephone-event/8000|a=fmtp:96 0-16|a=ptime:20|a=sendrecv
            """
        ),
    ]

    @Test(arguments: offers)
    func offer(codecs: String, events: UInt8?, noise: UInt8?, expected: String) {
        var leg = Self.leg(codecs, events: events, noise: noise)
        let offer = leg.makeOffer(from: Self.local)
        #expect(offer.map(Self.media) == expected)
        #expect(offer?.connection == SDPConnection(Self.local.address))
        #expect(leg.makeOffer(from: Self.local) == nil, "one exchange at a time")
    }

    @Test func offerOfTheOtherLegsCodecs() throws {
        let other = try Self.parse("m=audio 5004 RTP/AVP 120 0|a=rtpmap:120 Fancy/24000|a=fmtp:120 x=1")
        var leg = Self.leg(events: nil)
        let offer = leg.makeOffer(from: Self.local, codecs: CodecList(of: other, scope: .passThrough))
        #expect(
            offer.map(Self.media)
                == "m=audio 16384 RTP/AVP 120 0|a=rtpmap:120 Fancy/24000|a=fmtp:120 x=1|a=ptime:20|a=sendrecv"
        )
        var empty = Self.leg("")
        #expect(empty.makeOffer(from: Self.local) == nil)
    }

    /// What an answer to an offer of `L16@16000h,PCMU,PCMA` with telephone events 101 and 97 means.
    @Test(arguments: [
        ("m=audio 5004 RTP/AVP 0 8", "PCMU/8000@20 pt 0/0 sendRecv to 203.0.113.5:5004"),
        (
            "m=audio 5004 RTP/AVP 8 100|a=rtpmap:100 telephone-event/8000|a=ptime:40",
            "PCMA/8000@40 pt 8/8 te 100/101 sendRecv to 203.0.113.5:5004"
        ),
        (
            "m=audio 5004 RTP/AVP 110|a=rtpmap:110 L16/16000|a=recvonly",
            "L16/16000@20 pt 110/96 sendOnly to 203.0.113.5:5004"
        ),
        (
            "m=audio 5004 RTP/AVP 110 100|a=rtpmap:110 L16/16000|a=rtpmap:100 telephone-event/8000",
            "L16/16000@20 pt 110/96 te 100/101@8000 sendRecv to 203.0.113.5:5004"
        ),
        ("m=audio 5004 RTP/AVP 96", "L16/16000@20 pt 96/96 sendRecv to 203.0.113.5:5004"),
        ("m=audio 5004 RTP/AVP 18", "noCommonCodec"),
        ("m=audio 0 RTP/AVP 0", "noAudio"),
        ("m=video 5004 RTP/AVP 0", "noAudio"),
        ("", "noAudio"),
    ])
    func receivedAnswer(answer: String, expected: String) throws {
        var leg = Self.leg("L16@16000h,PCMU,PCMA")
        _ = leg.makeOffer(from: Self.local)
        let description = try Self.parse(answer)
        switch leg.receivedAnswer(description) {
        case .negotiated(let audio):
            #expect(Self.summary(audio) == expected)
            #expect(leg.receivedAnswer(description) == .unchanged(audio), "183, then 200")
            guard case .negotiated(let moved) = leg.receivedAnswer(try Self.parse(answer, address: "203.0.113.77"))
            else {
                Issue.record("a different answer in the 200 was not taken")
                return
            }
            #expect(moved.remote.address == IPAddress("203.0.113.77"))
        case .incompatible(let reason):
            #expect("\(reason)" == expected)
            #expect(leg.negotiated == nil && leg.receivedAnswer(description) == .unexpected)
        case .unchanged, .passed, .unexpected:
            Issue.record("not taken")
        }
    }

    /// A 18x whose description is of no use spoils nothing: the offer stays open for the 200.
    @Test(arguments: ["m=audio 5004 RTP/AVP 18", "m=audio 0 RTP/AVP 0", ""])
    func uselessProvisionalAnswers(answer: String) throws {
        var leg = Self.leg("PCMU")
        _ = leg.makeOffer(from: Self.local)
        guard case .incompatible = leg.receivedAnswer(try Self.parse(answer), isProvisional: true) else {
            Issue.record("taken")
            return
        }
        #expect(leg.isExchangeOpen)
        guard case .negotiated = leg.receivedAnswer(try Self.parse("m=audio 5004 RTP/AVP 0")) else {
            Issue.record("the answer in the 200 was not taken")
            return
        }
    }

    // MARK: - Later exchanges

    @Test func holdAndResumeByUs() throws {
        var leg = Self.leg()
        let first = try Self.offer(&leg)
        _ = leg.receivedAnswer(try Self.parse("m=audio 5004 RTP/AVP 0"))
        let hold = try Self.offer(&leg, direction: .sendOnly)
        #expect(hold.origin?.sessionVersion == "2" && hold.media[0].formats == first.media[0].formats)
        guard case .negotiated(let held) = leg.receivedAnswer(try Self.parse("m=audio 5004 RTP/AVP 0|a=recvonly"))
        else {
            Issue.record("hold not taken")
            return
        }
        #expect(held.direction == .sendOnly && !held.isHeldByRemote)
        let resume = try Self.offer(&leg)
        #expect(resume.origin?.sessionVersion == "3" && resume.media == first.media)
        leg.exchangeFailed()
        #expect(leg.negotiated == held, "a rejected offer changes nothing (RFC 3261 §14.1)")
        #expect(leg.makeOffer(from: Self.local) == resume, "the same again is the same version")
    }

    @Test func reofferKeepsLinesAndNumbers() throws {
        var leg = Self.leg("L16@16000h,PCMU,PCMA")
        let theirs = "m=video 6000 RTP/AVP 31|m=audio 5004 RTP/AVPF 0 96|a=rtpmap:96 telephone-event/8000"
        _ = leg.receivedOffer(try Self.parse(theirs))
        _ = leg.makeAnswer(from: Self.local)
        let again = try Self.offer(&leg, direction: .inactive)
        #expect(
            Self.media(again)
                == "m=video 0 RTP/AVP 31|m=audio 16384 RTP/AVPF 0 96|a=rtpmap:96 telephone-event/8000"
                + "|a=fmtp:96 0-16|a=ptime:20|a=inactive"
        )
        leg.exchangeFailed()
        let wider = try Self.offer(&leg, codecs: leg.configuration.codecs)
        #expect(wider.media[1].formats == ["97", "0", "8", "98", "96"], "96 stays the telephone event")
    }

    @Test func repeatedOfferIsRecognised() throws {
        var leg = Self.leg()
        let offer = try Self.parse("m=audio 5004 RTP/AVP 0")
        _ = leg.receivedOffer(offer)
        guard case .answer(let answer, let before) = leg.makeAnswer(from: Self.local) else {
            Issue.record("not answered")
            return
        }
        #expect(leg.receivedOffer(offer) == .unchanged(answer: answer))
        #expect(leg.makeAnswer(from: Self.local) == .answer(answer, before))
        let hold = try Self.parse("m=audio 5004 RTP/AVP 0|a=sendonly", version: 2)
        guard case .acceptable(let offered) = leg.receivedOffer(hold), offered.isHold,
            case .answer(let second, _) = leg.makeAnswer(from: Self.local)
        else {
            Issue.record("hold not answered")
            return
        }
        #expect(second.origin?.sessionVersion == "2")
        #expect(leg.receivedOffer(try Self.parse("m=audio 0 RTP/AVP 0|m=image 9 udptl t38")) == .incompatible(.noAudio))
        #expect(leg.remoteDescription == hold)
    }

    /// A hold keeps the codec that is in force, whatever the order of the new offer or of ours; a wish changes it.
    @Test(arguments: [CodecNegotiation.generous, .greedy, .scrooge])
    func theCodecStays(mode: CodecNegotiation) throws {
        var leg = Self.leg("PCMU,PCMA,L16@16000h", mode)
        func answer(_ offer: String, version: Int, wish: String? = nil) throws -> String {
            _ = leg.receivedOffer(try Self.parse(offer, version: version))
            guard case .answer(_, let audio) = leg.makeAnswer(from: Self.local, where: { $0.name == wish }) else {
                return "-"
            }
            return audio.codec.name
        }
        #expect(try answer("m=audio 5004 RTP/AVP 0 8", version: 1, wish: "PCMA") == "PCMA")
        #expect(try answer("m=audio 5004 RTP/AVP 0 8|a=sendonly", version: 2) == "PCMA")
        #expect(try answer("m=audio 5004 RTP/AVP 96 0 8|a=rtpmap:96 L16/16000", version: 3, wish: "L16") == "L16")
        #expect(try answer("m=audio 5004 RTP/AVP 0", version: 4) == "PCMU", "what is in force is not offered")
        #expect(try answer("m=audio 5004 RTP/AVP 0 8", version: 5, wish: "opus") == "PCMU", "nobody offers opus")
    }

    /// After our `sendrecv` was answered by less, the same description as an offer wants less too (RFC 3264 §6.1).
    @Test(arguments: [("sendonly", MediaDirection.recvOnly), ("recvonly", .sendOnly), ("inactive", .inactive)])
    func aRefreshOfAnAnswerIsAnswered(direction: String, expected: MediaDirection) throws {
        var leg = Self.leg()
        _ = try Self.offer(&leg)
        let theirs = try Self.parse("m=audio 5004 RTP/AVP 0|a=\(direction)")
        _ = leg.receivedAnswer(theirs)
        guard case .acceptable = leg.receivedOffer(theirs),
            case .answer(let answer, let audio) = leg.makeAnswer(from: Self.local)
        else {
            Issue.record("not answered")
            return
        }
        #expect(answer.media[0].attributes.direction == expected && audio.direction == expected)
        #expect(leg.receivedOffer(theirs) == .unchanged(answer: answer))
    }

    /// RTCP shares the port where the offer says so, and then in our later offers too (RFC 5761 §5.1.1).
    @Test func sharedPortForRTCP() throws {
        var leg = Self.leg()
        _ = leg.receivedOffer(try Self.parse("m=audio 5004 RTP/AVP 0|a=rtcp-mux|a=rtcp:5009"))
        guard case .answer(let answer, let audio) = leg.makeAnswer(from: Self.local) else {
            Issue.record("not answered")
            return
        }
        #expect(answer.media[0].attributes.contains(SDPAttribute("rtcp-mux")))
        #expect(audio.multiplexesRTCP && audio.rtcpRemote == audio.remote)
        let again = try Self.offer(&leg, direction: .sendOnly)
        #expect(again.media[0].attributes.contains(SDPAttribute("rtcp-mux")))
        guard case .negotiated(let without) = leg.receivedAnswer(try Self.parse("m=audio 5004 RTP/AVP 0")) else {
            Issue.record("answer not taken")
            return
        }
        #expect(!without.multiplexesRTCP && without.rtcpRemote.port == 5005)
        var plain = Self.leg()
        _ = plain.receivedOffer(try Self.parse("m=audio 5004 RTP/AVP 0"))
        guard case .answer(let unshared, _) = plain.makeAnswer(from: Self.local) else { return }
        #expect(!unshared.media[0].attributes.contains(SDPAttribute("rtcp-mux")))
    }

    /// Two channels, or a rate that the media engine does not know, are only relayed.
    @Test(arguments: [
        ("96 L16/16000", CodecSupport.transcoded), ("96 L16/16000/2", .passThrough), ("96 L16/96000", .passThrough),
        ("96 PCMU/8000", .transcoded), ("96 opus/48000/2", .passThrough),
    ])
    func supportDependsOnRateAndChannels(map: String, expected: CodecSupport) throws {
        let offer = try Self.parse("m=audio 5004 RTP/AVP 96|a=rtpmap:\(map)")
        #expect(CodecList(of: offer, scope: .passThrough).preferences.first?.support == expected)
        let isTranscoded = !CodecList(of: offer, scope: .transcoded).preferences.isEmpty
        #expect(isTranscoded == (expected == .transcoded))
    }

    @Test func crossingOffersAreGlare() throws {
        var leg = Self.leg()
        _ = leg.makeOffer(from: Self.local)
        let offer = try Self.parse("m=audio 5004 RTP/AVP 0")
        #expect(leg.receivedOffer(offer) == .glare)
        _ = leg.receivedAnswer(offer)
        _ = leg.receivedOffer(try Self.parse("m=audio 5004 RTP/AVP 8"))
        #expect(leg.makeOffer(from: Self.local) == nil)
        #expect(leg.receivedAnswer(offer) == .unexpected)
    }

    /// Whatever our own offers say, our own answering side agrees with it, and both see the same.
    @Test(arguments: CodecNegotiationCases.lists, CodecNegotiationCases.lists)
    func bothSidesAgree(offering: String, answering: String) {
        for mode in [CodecNegotiation.generous, .greedy, .scrooge] {
            var (caller, callee) = (Self.leg(offering, noise: 13), Self.leg(answering, mode, noise: 13))
            guard let offer = caller.makeOffer(from: Self.local) else { continue }
            guard case .acceptable = callee.receivedOffer(offer),
                case .answer(let answer, let theirs) = callee.makeAnswer(from: Self.local)
            else { continue }
            guard case .negotiated(let ours) = caller.receivedAnswer(answer) else {
                Issue.record("answer not taken")
                return
            }
            #expect(ours.codec.name == theirs.codec.name && ours.codec.clockRate == theirs.codec.clockRate)
            #expect(ours.sendPayloadType == theirs.receivePayloadType)
            #expect(ours.receivePayloadType == theirs.sendPayloadType)
            #expect(ours.telephoneEventSend == theirs.telephoneEventReceive)
            #expect(ours.comfortNoise == theirs.comfortNoise)
            #expect(ours.codec.ptimeMilliseconds == theirs.codec.ptimeMilliseconds)
        }
    }

    enum CodecNegotiationCases {
        static let lists = ["PCMU,PCMA", "PCMA@30i,L16@16000h", "L16@48000h,L16@16000h,PCMU@40i", "opus,G722,PCMA"]
    }
}

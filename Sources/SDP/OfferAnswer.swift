public import Base

/// The offer/answer state of one call leg (RFC 3264): which description each side sent last and what follows from it.
public struct OfferAnswer: Sendable {
    /// What the leg brings along.
    public struct Configuration: Sendable {
        /// The `o=` user name.
        public var username: String
        /// The `s=` line.
        public var sessionName: String
        /// The `o=` session identifier: any number that is unique on this host.
        public var sessionID: UInt64
        /// The codecs that we offer and accept, in order of preference.
        public var codecs: CodecList
        /// Whose order and packet time counts when we answer.
        public var negotiation: CodecNegotiation
        /// The payload type of telephone events that we offer (`rfc2833-pt`); `nil` offers and accepts none.
        public var telephoneEventPayloadType: UInt8?
        /// The payload type of comfort noise that we offer (`cng-pt`); `nil` offers and accepts none.
        public var comfortNoisePayloadType: UInt8?

        /// A configuration of these properties.
        public init(
            username: String = "Tandem",
            sessionName: String = "Tandem",
            sessionID: UInt64,
            codecs: CodecList,
            negotiation: CodecNegotiation = .generous,
            telephoneEventPayloadType: UInt8? = 101,
            comfortNoisePayloadType: UInt8? = nil
        ) {
            self.username = username
            self.sessionName = sessionName
            self.sessionID = sessionID
            self.codecs = codecs
            self.negotiation = negotiation
            self.telephoneEventPayloadType = telephoneEventPayloadType
            self.comfortNoisePayloadType = comfortNoisePayloadType
        }
    }

    /// What the leg brings along; changes count from the next offer or answer on.
    public var configuration: Configuration

    /// The description that we sent last, or are about to send.
    public private(set) var localDescription: SessionDescription?

    /// The description of the other side that is in force.
    public var remoteDescription: SessionDescription? { agreement?.remote }

    /// What is in force; `nil` before that, and while media go past us.
    public var negotiated: NegotiatedAudio? { agreement?.terms?.audio }

    /// Whether an offer of either side has not been answered yet.
    public var isExchangeOpen: Bool {
        switch phase {
        case .offered, .received, .passedOffer, .offerToPass: true
        case .idle, .answeredByUs, .answeredByThem, .passedAnswer, .answeredByOther: false
        }
    }

    /// Where the exchange of descriptions stands.
    ///
    /// | phase          | makeOffer | receivedAnswer | receivedOffer | makeAnswer   |
    /// |----------------|-----------|----------------|---------------|--------------|
    /// | idle           | offered   | unexpected     | received      | no offer     |
    /// | offered        | nil       | answeredByThem | glare         | no offer     |
    /// | received       | nil       | unexpected     | received      | answeredByUs |
    /// | answeredByUs   | offered   | unexpected     | received      | answeredByUs |
    /// | answeredByThem | offered   | answeredByThem | received      | no offer     |
    /// | passedOffer    | nil       | passedAnswer   | glare         | no offer     |
    /// | passedAnswer   | offered   | passedAnswer   | received      | no offer     |
    /// | offerToPass    | nil       | unexpected     | received      | no offer     |
    ///
    /// `makeOffer(passing:)` takes offered's place with passedOffer, `receivedOffer(toPass:)` received's with offerToPass, and
    /// `makeAnswer(passing:)` takes offerToPass to answeredByOther, which is as idle, but that it may be repeated.
    enum Phase: Sendable {
        /// No exchange yet, or the last one failed.
        case idle
        /// Our offer is open.
        case offered(AudioLine, index: Int)
        /// Their offer is open.
        case received(SessionDescription, RemoteAudio)
        /// We answered; the answer may be made again until the next exchange (183, then 200).
        case answeredByUs(SessionDescription, RemoteAudio)
        /// They answered; another answer may replace it (183, then another 200).
        case answeredByThem(AudioLine, index: Int)
        /// Our offer, which says what somebody else has said, is open.
        case passedOffer
        /// They answered that; another answer may replace it.
        case passedAnswer
        /// Their offer is open, and somebody else will answer it.
        case offerToPass(SessionDescription)
        /// Somebody else answered it; the answer may be made again until the next exchange (183, then 200).
        case answeredByOther(SessionDescription)
    }

    /// Both descriptions that are in force.
    struct Agreement: Sendable {
        var local: SessionDescription
        var remote: SessionDescription
        /// What they mean for our audio; `nil` while media go past us.
        var terms: Terms?
    }

    /// What two descriptions mean for our audio.
    struct Terms: Sendable {
        var audio: NegotiatedAudio
        var index: Int
        /// The audio line as we wrote it, to be offered again on hold and resume.
        var line: AudioLine
    }

    var phase = Phase.idle
    var agreement: Agreement?
    private var types = PayloadTypeMap()
    private var version: UInt64 = 1

    /// A leg without any description yet.
    public init(configuration: Configuration) {
        self.configuration = configuration
    }

    // MARK: - Our offer

    /// Describes our side in an INVITE, in the 200 to an INVITE without description, or in a re-INVITE.
    ///
    /// `local` is the address and port to advertise. A first offer lists `codecs` (or the configured ones); a later
    /// one keeps the media lines and payload types of the session, and its codecs unless others are given. The `o=`
    /// version goes up only when something changed. Gives `nil` while another exchange is not finished
    /// (RFC 3264 §4), or when there is no codec to offer.
    public mutating func makeOffer(
        from local: IPEndpoint,
        codecs: CodecList? = nil,
        direction: MediaDirection = .sendRecv
    ) -> SessionDescription? {
        guard !isExchangeOpen else { return nil }
        let line: AudioLine
        if codecs == nil, var again = agreement?.terms?.line {
            again.direction = direction
            line = again
        } else {
            let offered = AudioLine(
                offering: codecs ?? configuration.codecs,
                telephoneEventType: configuration.telephoneEventPayloadType,
                comfortNoiseType: configuration.comfortNoisePayloadType,
                direction: direction,
                types: &types
            )
            guard let offered else { return nil }
            line = offered
        }
        // A later offer has all media lines of the session, the rejected ones at port 0 (RFC 3264 §8).
        var media = agreement?.local.media ?? []
        let index = agreement?.terms?.index ?? media.firstIndex(where: \.isPlainAudio) ?? media.count
        // What media went past us has no more than one line here.
        if isPassing { media = media.map(\.rejected) }
        if media.indices.contains(index) {
            media[index] = line.description(from: local, like: media[index])
        } else {
            media.append(line.description(from: local, like: nil))
        }
        phase = .offered(line, index: index)
        return describe(media, from: local)
    }

    /// Takes the answer to our offer: from a 18x, a 2xx, or the ACK of a late offer.
    ///
    /// After a 183 was taken, a 200 with another description replaces it: calls fork, and media servers change. So an
    /// answer in a provisional response that is of no use leaves our offer open.
    public mutating func receivedAnswer(_ answer: SessionDescription, isProvisional: Bool = false) -> OnAnswer {
        let line: AudioLine
        let index: Int
        switch phase {
        case .offered(let offered, let position):
            (line, index) = (offered, position)
        case .answeredByThem(let offered, let position):
            (line, index) = (offered, position)
            if let agreement, let terms = agreement.terms, agreement.remote == answer { return .unchanged(terms.audio) }
        case .passedOffer, .passedAnswer: return takePassed(answer)
        case .idle, .received, .answeredByUs, .offerToPass, .answeredByOther:
            return .unexpected
        }
        guard let local = localDescription else { return .unexpected }
        do throws(RemoteAudio.Unusable) {
            let remote = try RemoteAudio(answer, index: index)
            guard let audio = Self.agree(line, remote, configuration) else {
                throw RemoteAudio.Unusable(reason: .noCommonCodec)
            }
            types.learn(remote.formats)
            phase = .answeredByThem(line, index: index)
            agreement = Agreement(local: local, remote: answer, terms: Terms(audio: audio, index: index, line: line))
            return .negotiated(audio)
        } catch {
            if !isProvisional { exchangeFailed() }
            return .incompatible(error.reason)
        }
    }

    // MARK: - Their offer

    /// Takes an offer from an INVITE, re-INVITE, UPDATE, or the 2xx to our INVITE without description.
    public mutating func receivedOffer(_ offer: SessionDescription) -> OnOffer {
        if ownOfferIsOpen { return .glare }
        do throws(RemoteAudio.Unusable) {
            let codecs = configuration.codecs
            let isSame = agreement?.remote == offer
            let remote = try RemoteAudio.find(in: offer, preferred: agreement?.terms?.index) { audio in
                isSame || audio.choose(from: codecs, negotiation: .generous) != nil
            }
            // What we said must be an answer to what they say: after their answer `recvonly` our offer is none.
            if isSame, !isExchangeOpen, let agreement, let terms = agreement.terms,
                terms.audio.direction == terms.line.direction
            {
                phase = .answeredByUs(offer, remote)
                return .unchanged(answer: agreement.local)
            }
            phase = .received(offer, remote)
            return .acceptable(
                OfferedAudio(codecs: CodecList(of: remote, scope: .passThrough), direction: remote.direction)
            )
        } catch {
            exchangeFailed()
            return .incompatible(error.reason)
        }
    }

    /// Answers the offer that was taken; may be repeated until the next exchange, and then says the same again.
    ///
    /// `codecs` are accepted in place of the configured ones. Of those, one that `isWanted` goes before the order that
    /// either side prefers, and after it the one that is in force: a hold must not change the codec. `direction` is
    /// what we would like; the answer takes from it what the offer allows (RFC 3264 §6.1).
    public mutating func makeAnswer(
        from local: IPEndpoint,
        codecs: CodecList? = nil,
        direction: MediaDirection = .sendRecv,
        where isWanted: (CodecPreference) -> Bool = { _ in false }
    ) -> OnMakeAnswer {
        let offer: SessionDescription
        let remote: RemoteAudio
        switch phase {
        case .received(let description, let audio), .answeredByUs(let description, let audio):
            (offer, remote) = (description, audio)
        case .idle, .offered, .answeredByThem, .passedOffer, .passedAnswer, .offerToPass, .answeredByOther:
            return .noOffer
        }
        let mode = configuration.negotiation
        let list = codecs ?? configuration.codecs
        let inForce = negotiated?.codec
        let codec =
            remote.choose(from: list.filter(isWanted), negotiation: mode)
            ?? remote.choose(from: list.filter { inForce?.isSameFormat(as: $0) == true }, negotiation: mode)
            ?? remote.choose(from: list, negotiation: mode)
        guard let codec else {
            exchangeFailed()
            return .incompatible(.noCommonCodec)
        }
        let rate = codec.preference.clockRate
        let takesEvents = configuration.telephoneEventPayloadType != nil
        let takesNoise = configuration.comfortNoisePayloadType != nil
        let line = AudioLine(
            answering: codec,
            telephoneEvent: takesEvents ? remote.telephoneEvent(clockRate: rate) : nil,
            comfortNoise: takesNoise ? remote.comfortNoise(clockRate: rate) : nil,
            ptimeMilliseconds: PacketTime.agreed(codec.preference, with: remote.line, insists: mode == .scrooge),
            direction: remote.direction.reversed.limited(to: direction),
            multiplexesRTCP: remote.multiplexesRTCP
        )
        guard let audio = Self.agree(line, remote, configuration) else {
            exchangeFailed()
            return .incompatible(.noCommonCodec)
        }
        let media = offer.media.enumerated().map { index, medium in
            index == remote.index
                ? line.description(from: local, like: medium)
                : medium.rejected
        }
        types.learn(remote.formats)
        let answer = describe(media, from: local)
        phase = .answeredByUs(offer, remote)
        agreement = Agreement(
            local: answer,
            remote: offer,
            terms: Terms(audio: audio, index: remote.index, line: line)
        )
        return .answer(answer, audio)
    }

    /// Forgets the open exchange: our offer was rejected or we reject theirs; what was in force stays in force.
    public mutating func exchangeFailed() {
        if isExchangeOpen { phase = .idle }
    }

    // MARK: - Parts

    /// What our line and theirs mean together; `nil` when they have no codec in common.
    private static func agree(
        _ line: AudioLine,
        _ remote: RemoteAudio,
        _ configuration: Configuration
    ) -> NegotiatedAudio? {
        guard let (codec, sendType) = remote.firstCommonCodec(with: line) else { return nil }
        let preference = codec.preference
        let insists = configuration.negotiation == .scrooge
        let remoteEvent = remote.telephoneEvent(clockRate: preference.clockRate)
        let localEvent = line.telephoneEvents.first { $0.clockRate == remoteEvent?.clockRate }
        let multiplexes = line.multiplexesRTCP && remote.multiplexesRTCP
        return NegotiatedAudio(
            remote: remote.rtp,
            rtcpRemote: multiplexes ? remote.rtp : remote.rtcp,
            multiplexesRTCP: multiplexes,
            codec: AudioCodec(
                name: preference.name,
                sampleRate: preference.sampleRate,
                clockRate: preference.clockRate,
                channels: preference.channels,
                ptimeMilliseconds: PacketTime.agreed(preference, with: remote.line, insists: insists),
                formatParameters: remote.parameters(of: sendType),
                support: preference.support
            ),
            sendPayloadType: sendType,
            receivePayloadType: codec.payloadType,
            telephoneEventSend: localEvent == nil ? nil : remoteEvent?.payloadType,
            telephoneEventReceive: localEvent?.payloadType,
            telephoneEventClockRate: localEvent?.clockRate,
            comfortNoise: line.comfortNoise.flatMap { remote.comfortNoise(clockRate: $0.clockRate)?.payloadType },
            direction: remote.direction.reversed.limited(to: line.direction),
            isHeldByRemote: !remote.direction.receives
        )
    }

    /// Our description with these media.
    private mutating func describe(_ media: [MediaDescription], from local: IPEndpoint) -> SessionDescription {
        let description = SessionDescription(
            sessionName: configuration.sessionName,
            connection: SDPConnection(local.address),
            otherLines: [SDPLine(type: UInt8(ascii: "t"), value: "0 0")],
            media: media
        )
        return sign(description)
    }

    /// Puts our name under a description, and remembers it; the version goes up when it differs from the one before
    /// (RFC 3264 §8).
    mutating func sign(_ unsigned: SessionDescription) -> SessionDescription {
        var description = unsigned
        description.origin = SDPOrigin(
            username: configuration.username,
            sessionID: "\(configuration.sessionID)",
            sessionVersion: "\(version)",
            // The address names the session together with the identifier: it stays when media move elsewhere.
            connection: localDescription?.origin?.connection ?? unsigned.connection
                ?? unsigned.media.lazy.compactMap(\.connections.first).first
                ?? SDPConnection(IPAddress(v4: 0))
        )
        if let localDescription, localDescription != description {
            version &+= 1
            description.origin?.sessionVersion = "\(version)"
        }
        localDescription = description
        for medium in description.media where medium.port != 0 { types.learn(medium.payloadFormats) }
        return description
    }
}

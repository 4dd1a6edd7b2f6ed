import Base

/// The audio line of the other side, with everything that negotiation asks about it.
struct RemoteAudio: Hashable, Sendable {
    /// Which media line it is.
    let index: Int
    let line: MediaDescription
    let formats: [PayloadFormat]
    let rtp: IPEndpoint
    let rtcp: IPEndpoint
    /// Whether the other side can take RTCP on its RTP port (RFC 5761 §5.1.1).
    let multiplexesRTCP: Bool
    /// What the other side does, as it sees it; an unspecified address does not receive (RFC 3264 §8.4).
    let direction: MediaDirection

    /// Reads one media line of a description.
    init(_ description: SessionDescription, index: Int) throws(Unusable) {
        guard description.media.indices.contains(index) else { throw Unusable(reason: .noAudio) }
        let line = description.media[index]
        guard line.isPlainAudio, line.port != 0 else { throw Unusable(reason: .noAudio) }
        guard let address = description.connection(of: line)?.address else {
            throw Unusable(reason: .unusableAddress)
        }
        self.index = index
        self.line = line
        formats = line.payloadFormats
        (rtp, rtcp) = line.endpoints(at: address)
        multiplexesRTCP = line.attributes.first("rtcp-mux") != nil
        let stated = description.direction(of: line)
        direction = address.isUnspecified ? stated.limited(to: .sendOnly) : stated
    }

    /// Why a line cannot be used.
    struct Unusable: Error {
        let reason: OfferAnswerFailure
    }

    /// The first line of an offer that can be used, `preferred` before all others.
    static func find(
        in offer: SessionDescription,
        preferred: Int?,
        where isUsable: (RemoteAudio) -> Bool
    ) throws(Unusable) -> RemoteAudio {
        var reason = OfferAnswerFailure.noAudio
        let order = (preferred.map { [$0] } ?? []) + offer.media.indices.filter { $0 != preferred }
        for index in order {
            do throws(Unusable) {
                let audio = try RemoteAudio(offer, index: index)
                if isUsable(audio) { return audio }
                reason = .noCommonCodec
            } catch {
                if reason == .noAudio { reason = error.reason }
            }
        }
        throw Unusable(reason: reason)
    }

    /// The codec to answer with, in the order that the mode demands; `nil` when there is none in common.
    func choose(from list: CodecList, negotiation: CodecNegotiation) -> AudioLine.Codec? {
        func match(_ format: PayloadFormat, _ preference: CodecPreference) -> AudioLine.Codec? {
            guard format.isCodec, preference.matches(format) else { return nil }
            var preference = preference
            if preference.support == .passThrough, preference.formatParameters == nil {
                // What is only relayed has to be described by the parameters that the two ends agree on.
                preference.formatParameters = format.parameters
            }
            return AudioLine.Codec(preference: preference, payloadType: format.payloadType)
        }
        switch negotiation {
        case .generous:
            for format in formats {
                for preference in list.preferences {
                    if let codec = match(format, preference) { return codec }
                }
            }
        case .greedy, .scrooge:
            for preference in list.preferences {
                for format in formats {
                    if let codec = match(format, preference) { return codec }
                }
            }
        }
        return nil
    }

    /// The first codec of this line that ours has too, and by which payload type the other side expects it.
    ///
    /// Answers that repeat a dynamic payload type of the offer without `a=rtpmap` mean what the offer said.
    func firstCommonCodec(with ours: AudioLine) -> (AudioLine.Codec, sendType: UInt8)? {
        for text in line.formats {
            guard let type = UInt8(text) else { continue }
            if let format = formats.first(where: { $0.payloadType == type }) {
                let matching = ours.codecs.filter { $0.preference.matches(format) }
                if let codec = matching.first(where: { $0.payloadType == type }) ?? matching.first {
                    return (codec, type)
                }
            } else if let codec = ours.codecs.first(where: { $0.payloadType == type }) {
                return (codec, type)
            }
        }
        return nil
    }

    /// Telephone events at a clock rate, or else at any.
    func telephoneEvent(clockRate: Int) -> PayloadFormat? {
        let events = formats.filter(\.isTelephoneEvent)
        return events.first { $0.clockRate == clockRate } ?? events.first
    }

    /// Comfort noise at a clock rate.
    func comfortNoise(clockRate: Int) -> PayloadFormat? {
        formats.first { $0.isComfortNoise && $0.clockRate == clockRate }
    }

    /// The parameters of one of its payload types.
    func parameters(of payloadType: UInt8) -> String? {
        formats.first { $0.payloadType == payloadType }?.parameters
    }
}

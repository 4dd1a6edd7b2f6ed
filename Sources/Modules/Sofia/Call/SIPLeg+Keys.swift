import Base
import SDP
import SIP
import SwitchCore

/// How keys come and go (`dtmf-type` of a profile, `dtmf_type` of a channel).
enum KeyType: Sendable, Hashable {
    /// As telephone-events in RTP (RFC 4733, which took the place of RFC 2833).
    case rfc2833
    /// As INFO requests.
    case info
    /// We send none.
    case unheard

    /// Reads the variable; `nil` for what it does not know.
    init?(_ text: String) {
        switch text.lowercased() {
        case "rfc2833": self = .rfc2833
        case "info": self = .info
        case "none": self = .unheard
        default: return nil
        }
    }
}

extension SIPLeg {
    /// What the channel says, else the profile.
    var keyType: KeyType {
        let own = session.assumeIsolated { $0.variable("dtmf_type") }
        return own.flatMap { KeyType($0) } ?? profile.configuration.media.keyType
    }

    /// Requests for peers that take no events, unless the channel wants tones for those (`rtp_info_when_no_2833`).
    var keyTransport: KeyTransport {
        switch keyType {
        case .info: return .signalling
        case .unheard: return .nowhere
        case .rfc2833: break
        }
        guard isEstablished, let audio = negotiation.negotiated, audio.telephoneEventSend == nil else { return .media }
        let wish = session.assumeIsolated { $0.variable("rtp_info_when_no_2833") }
        return wish?.isTrueSetting ?? true ? .signalling : .media
    }

    /// Whether telephone-events are agreed on is for the channel to say until it is answered.
    func settleKeys() {
        negotiation.configuration.telephoneEventPayloadType =
            profile.configuration.media.eventPayloadType(for: keyType)
    }

    /// What an INFO says of a key.
    static func body(telling key: Character, _ milliseconds: Int) -> SIPBody {
        SIPBody(Array("Signal=\(key)\r\nDuration=\(milliseconds)\r\n".utf8), contentType: "application/dtmf-relay")
    }
}

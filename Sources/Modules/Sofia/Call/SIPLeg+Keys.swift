import Base
import Logging
import SDP
import SIP
import SwitchCore
import XMLConfig

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

    /// Whether keys are sent as events without an agreement, and those in requests count (`rtp_liberal_dtmf`, `liberal-dtmf`).
    private var isLiberal: Bool {
        let name = "rtp_liberal_dtmf"
        let wish = session.assumeIsolated { $0.variable(name) } ?? profile.softswitch.xml.globals[name]
        return wish?.isTrueSetting == true || profile.configuration.media.isLiberalWithKeys
    }

    /// As the type says; without an agreement on events requests, or tones (`rtp_info_when_no_2833`).
    ///
    /// A peer that takes no requests either hears tones, too. Where there is no audio of ours requests are all there is,
    /// whatever the type.
    var keyTransport: KeyTransport {
        guard negotiation.negotiated != nil else { return hasDialog ? .signalling : .nowhere }
        switch keyType {
        case .info: return .signalling
        case .unheard: return .nowhere
        case .rfc2833: break
        }
        guard keyEvents == nil else { return .media }
        let wish = session.assumeIsolated { $0.variable("rtp_info_when_no_2833") }
        return refusesKeys || wish?.isTrueSetting == false ? .tones : .signalling
    }

    /// Whether the peer knows of the dialog, so that requests can be sent in it.
    private var hasDialog: Bool {
        // RFC 3261 §12.1: a provisional response makes a caller's; the user agent has it from the INVITE on.
        let isKnown = session.assumeIsolated { $0.isRinging || $0.hasEarlyMedia }
        return profile.userAgent.lastCSeq(of: call) != nil && (!isInbound || isEstablished || isKnown)
    }

    /// The payload type of the keys that we send: the peer's, or our own where keys are taken liberally.
    func eventType(for audio: NegotiatedAudio) -> UInt8? {
        if let agreed = audio.telephoneEventSend { return agreed }
        guard isLiberal, let own = profile.configuration.media.eventPayloadType(for: keyType),
            own != audio.sendPayloadType, own != audio.receivePayloadType
        else { return nil }
        return own
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

    /// Tells the peer of a key, in an early dialog, too.
    ///
    /// - Returns: Whether there is a dialog.
    func tell(_ key: Character, _ milliseconds: Int) -> Bool {
        guard hasDialog else { return false }
        send(.info, body: Self.body(telling: key, milliseconds)) { [weak self] response in
            guard let self, !isOver, !refusesKeys, let status = response?.status, Self.refusals.contains(status) else {
                return
            }
            refusesKeys = true
            session.logger.warning("the peer takes no keys in INFO requests", metadata: ["status": "\(status)"])
        }
        return true
    }

    /// The responses that say that an INFO, or what it brings, is not taken at all (RFC 3261 §21.4.6, §21.4.13, §21.5.2).
    private static let refusals: Set = [405, 415, 501]

    // MARK: - Keys that come

    /// What the numbers of the events mean (RFC 4733 §3.2).
    private static let digits = Array("0123456789*#ABCD")
    private static let usualLength = 250
    private static let longestLength = 24_000

    /// Takes a key in an INFO: `application/dtmf-relay` (`Signal=5`) or `application/dtmf` (`5`).
    func receivedInfo(_ message: SIPMessage) {
        guard message.hasBody else { return }
        var pressed: Character?
        var milliseconds = Self.usualLength
        if message.hasContentType("application/dtmf-relay") {
            for line in message.bodyText.split(whereSeparator: \.isNewline) {
                let pair = line.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
                guard pair.count == 2 else { continue }
                if pair[0].lowercased() == "signal" { pressed = Self.key(named: pair[1]) }
                if pair[0].lowercased() == "duration" { milliseconds = Int(pair[1]) ?? milliseconds }
            }
        } else if message.hasContentType("application/dtmf") {
            pressed = Self.key(named: message.bodyText.filter { $0 != " " })
        }
        guard let key = pressed else { return }
        guard takesKeysInRequests else {
            return session.logger.debug("a key in an INFO request is left out: keys come in the audio")
        }
        session.assumeIsolated { $0.receivedDigit(key, milliseconds: min(max(milliseconds, 1), Self.longestLength)) }
    }

    /// Whether keys in requests count: a phone that says each of them in both ways has pressed it once.
    private var takesKeysInRequests: Bool {
        if keyType == .info || isLiberal { return true }
        if let audio = negotiation.negotiated { return audio.telephoneEventSend == nil }
        // Past the switch the events go to whoever the phone talks to.
        let formats = negotiation.latestRemoteDescription?.audio?.payloadFormats ?? []
        return !formats.contains(where: \.isTelephoneEvent)
    }

    /// The key of a text: it begins with the key itself, or is the number of its event.
    private static func key(named text: String) -> Character? {
        let number = text.prefix { $0.isASCII && $0.isNumber }
        guard number.isEmpty else {
            return Int(number).flatMap { digits.indices.contains($0) ? digits[$0] : nil }
        }
        guard let key = text.first?.uppercased().first, digits.contains(key) else { return nil }
        return key
    }
}

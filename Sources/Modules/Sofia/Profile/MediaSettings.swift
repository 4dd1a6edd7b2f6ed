import Base
import SDP
import XMLConfig

/// What a profile's settings say about audio.
struct MediaSettings: Sendable {
    let rtpAddress: IPAddress
    let advertisedRTPAddress: IPAddress?
    let inboundCodecs: String
    let outboundCodecs: String
    let negotiation: CodecNegotiation
    /// How peers hear keys, and we hear theirs, where no variable says so (`dtmf-type`).
    let keyType: KeyType
    /// Whether keys are events for peers that did not agree on them, and come in any way (`liberal-dtmf`).
    let isLiberalWithKeys: Bool
    private let rfc2833Type: UInt8
    let comfortNoisePayloadType: UInt8?
    let rtpTimeout: Duration?
    let rtpHoldTimeout: Duration?
    /// How long there is between two RTCP reports; `nil` sends none.
    let rtcpInterval: Duration?
    /// Whether calls that come in have their media past the switch (`inbound-bypass-media`).
    let bypassesInbound: Bool
    /// Whether the media of calls that come in are handed on as they are (`inbound-proxy-media`).
    let relaysInbound: Bool
    /// Whether the dialplan hears of calls too whose offer has no codec of ours (`inbound-late-negotiation`).
    let negotiatesLate: Bool
    /// The variables that say for every call when its media come back, and go again (`media-option`).
    let pathVariables: [String]
    /// Whether an attended transfer takes media past the switch (`media-option` `bypass-media-after-att-xfer`).
    let bypassesAfterTransfer: Bool
    /// What those hear who wait for a call of the profile (`hold-music`), where no variable says so.
    let holdMusic: String?

    /// How calls are delayed that say nothing of it (`auto-jitterbuffer-msec`), as the variable `jitterbuffer_msec` says it.
    let jitterBuffer: String?

    /// Reads the settings.
    ///
    /// - Parameters:
    ///   - address: Reads an address or `auto`.
    ///   - external: Reads an address to advertise; `nil` inside means the address itself.
    ///   - fallback: Where RTP is bound without `rtp-ip`.
    init(
        _ reader: inout ConfigurationReader,
        address: (String) -> IPAddress?,
        external: (String) -> IPAddress??,
        fallback: IPAddress
    ) {
        rtpAddress = reader.value("rtp-ip", expecting: "an IP address or auto", address) ?? fallback
        advertisedRTPAddress = reader.value("ext-rtp-ip", expecting: "an IP address or auto", external) ?? nil
        let common = reader.string("codec-prefs")
        inboundCodecs = reader.string("inbound-codec-prefs") ?? common ?? "PCMU,PCMA"
        outboundCodecs = reader.string("outbound-codec-prefs") ?? common ?? "PCMU,PCMA"
        negotiation = reader.choice(
            "inbound-codec-negotiation",
            of: ["generous": .generous, "greedy": .greedy, "scrooge": .scrooge],
            default: .generous
        )
        rfc2833Type = UInt8(reader.integer("rfc2833-pt", in: 96...127, default: 101))
        keyType = reader.choice(
            "dtmf-type",
            of: ["rfc2833": .rfc2833, "info": .info, "none": .unheard],
            default: .rfc2833
        )
        isLiberalWithKeys = reader.boolean("liberal-dtmf", default: false)
        let suppresses = reader.boolean("suppress-cng", default: true) || reader.boolean("supress-cng", default: false)
        comfortNoisePayloadType = suppresses ? nil : UInt8(reader.integer("cng-pt", in: 0...127, default: 13))
        rtpTimeout = reader.integer("rtp-timeout-sec", in: 0...86_400).flatMap { $0 == 0 ? nil : .seconds($0) }
        rtpHoldTimeout = reader.integer("rtp-hold-timeout-sec", in: 0...864_000).flatMap {
            $0 == 0 ? nil : .seconds($0)
        }
        let interval = reader.value(
            "rtcp-audio-interval-msec",
            expecting: "0, or 100 to 500000 milliseconds",
            Self.rtcpInterval
        )
        rtcpInterval = interval ?? .seconds(5)
        let options = reader.all("media-option").map { $0.value.lowercased() }
        let bypasses = reader.boolean("inbound-bypass-media", default: false)
        bypassesInbound = reader.boolean("inbound-no-media", default: bypasses)
        jitterBuffer = reader.integer("auto-jitterbuffer-msec", in: 0...2000).flatMap { $0 == 0 ? nil : String($0) }
        relaysInbound = reader.boolean("inbound-proxy-media", default: false)
        negotiatesLate = reader.boolean("inbound-late-negotiation", default: false)
        pathVariables = [
            ("resume-media-on-hold", "bypass_media_resume_on_hold"),
            ("bypass-media-after-hold", "bypass_media_after_hold"),
        ].compactMap { options.contains($0) ? $1 : nil }
        bypassesAfterTransfer = options.contains("bypass-media-after-att-xfer")
        holdMusic = reader.nonEmptyString("hold-music")
    }

    /// The payload type of telephone-events where keys are of that type; `nil` where there are to be none.
    func eventPayloadType(for type: KeyType) -> UInt8? { type == .rfc2833 ? rfc2833Type : nil }

    /// Whether calls begin whose offer we cannot answer.
    var takesAnyOffer: Bool { negotiatesLate || relaysInbound || bypassesInbound }

    /// Reads `rtcp-audio-interval-msec`, or the variable `rtcp_audio_interval_msec`: 0 and no send no reports.
    ///
    /// - Returns: The interval, `nil` inside for none; `nil` when the text is not one.
    static func rtcpInterval(_ text: String) -> Duration?? {
        if ["0", "no", "off", "false"].contains(text.lowercased()) { return .some(nil) }
        guard let number = Int(text), (100...500_000).contains(number) else { return nil }
        return .milliseconds(number)
    }
}

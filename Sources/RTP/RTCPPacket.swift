/// One packet of an RTCP compound (RFC 3550 §6).
public enum RTCPPacket: Hashable, Sendable {
    /// SR: what the sender sent, and what it received.
    case senderReport(ssrc: UInt32, RTCPSenderInformation, [RTCPReportBlock])
    /// RR: what a participant that sends nothing received.
    case receiverReport(ssrc: UInt32, [RTCPReportBlock])
    /// SDES: who the sources are.
    case sourceDescription([RTCPSourceDescription])
    /// BYE: these sources leave.
    case goodbye([UInt32], reason: String?)
    /// Everything else (APP, feedback, extended reports): kept without the 4-byte head.
    case other(type: UInt8, count: UInt8, content: [UInt8])
}

/// The middle part of a sender report (RFC 3550 §6.4.1).
public struct RTCPSenderInformation: Hashable, Sendable {
    /// When the report was sent, on the sender's wall clock.
    public var ntp: NTPTimestamp
    /// The same instant on the media clock.
    public var rtpTimestamp: UInt32
    /// RTP packets sent since the beginning, modulo 2³².
    public var packetCount: UInt32
    /// Payload bytes sent since the beginning, modulo 2³².
    public var octetCount: UInt32

    /// Sender information of these fields.
    public init(ntp: NTPTimestamp, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32) {
        self.ntp = ntp
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
    }
}

/// How one source is received (RFC 3550 §6.4.1).
public struct RTCPReportBlock: Hashable, Sendable {
    /// The source that the block is about.
    public var ssrc: UInt32
    /// The share of packets lost since the last report, in 1/256.
    public var fractionLost: UInt8
    /// Packets lost since the beginning, in 24 bits; negative where duplicates outnumber losses.
    public var cumulativeLost: Int32
    /// The highest sequence number received, with the count of its wraps above it.
    public var extendedHighestSequence: UInt32
    /// The interarrival jitter in ticks of the media clock.
    public var jitter: UInt32
    /// The middle 32 bits of the last sender report's time; 0 before the first.
    public var lastSenderReport: UInt32
    /// The time since that report came, in 1/65536 s.
    public var delaySinceLastSenderReport: UInt32

    /// A block of these fields.
    public init(
        ssrc: UInt32,
        fractionLost: UInt8 = 0,
        cumulativeLost: Int32 = 0,
        extendedHighestSequence: UInt32 = 0,
        jitter: UInt32 = 0,
        lastSenderReport: UInt32 = 0,
        delaySinceLastSenderReport: UInt32 = 0
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.extendedHighestSequence = extendedHighestSequence
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    /// A minute, in 1/65536 s; whoever claims more answers a report of somebody else.
    private static let maximumRoundTripUnits: Int32 = 60 << 16

    /// The round-trip time that the block tells the sender of the report it answers (RFC 3550 §6.4.1).
    ///
    /// `arrival` is when the block came, on the clock that stamped our sender report. `nil` before the first report,
    /// and where the numbers cannot be true.
    public func roundTripTime(arrivedAt arrival: NTPTimestamp) -> Duration? {
        guard lastSenderReport != 0 else { return nil }
        let units = Int32(bitPattern: arrival.middle &- lastSenderReport &- delaySinceLastSenderReport)
        guard (0...Self.maximumRoundTripUnits).contains(units) else { return nil }
        return .nanoseconds(Int64(units) * 1_000_000_000 / 65_536)
    }
}

/// What a source says about itself (RFC 3550 §6.5).
public struct RTCPSourceDescription: Hashable, Sendable {
    /// One statement, such as the canonical name.
    public struct Item: Hashable, Sendable {
        /// 1 is CNAME; 0 never occurs.
        public var type: UInt8
        /// At most 255 bytes are printed.
        public var text: String

        /// A statement of a type.
        public init(type: UInt8, text: String) {
            (self.type, self.text) = (type, text)
        }
    }

    /// The source.
    public var ssrc: UInt32
    /// Its statements.
    public var items: [Item]

    /// Statements about a source.
    public init(ssrc: UInt32, items: [Item]) {
        (self.ssrc, self.items) = (ssrc, items)
    }

    /// A source with its canonical name, which every compound has to contain.
    public init(ssrc: UInt32, canonicalName: String) {
        self.init(ssrc: ssrc, items: [Item(type: Self.canonicalNameType, text: canonicalName)])
    }

    /// The item type of the canonical name.
    public static let canonicalNameType: UInt8 = 1

    /// The canonical name, if the source gives one.
    public var canonicalName: String? { items.first { $0.type == Self.canonicalNameType }?.text }
}

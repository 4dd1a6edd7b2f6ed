import Base
import RTP

/// What one stream makes of the packets that arrive: the pure part, without sockets and clocks.
///
/// The loop asks what a packet is and does the rest: relaying, recording, echo.
struct StreamCore: ~Copyable {
    /// What a received packet is.
    enum Arrival {
        /// Nothing that concerns us; counted.
        case refused
        /// Audio in the negotiated format.
        case audio(RTPPacketView)
        /// Part of a key.
        case key(RTPPacketView)
        /// Comfort noise (RFC 3389).
        case noise(RTPPacketView)

        /// The packet, if it concerns us.
        var view: RTPPacketView? {
            switch self {
            case .refused: nil
            case .audio(let view), .key(let view), .noise(let view): view
            }
        }
    }

    private(set) var format: StreamFormat?
    /// Whether packets are handed on as they are; then there is no format.
    private(set) var isRelay = false
    private(set) var lock = SourceLock()
    private(set) var reception = ReceptionStatistics(clockRate: 8000)
    var outbound: OutboundStream
    var statistics = MediaStatistics()

    private var keys = TelephoneEventDetector()
    private var lastKeyAt = MonotonicInstant.zero
    private var lastArrival = MonotonicInstant.zero
    private var hasTimedOut = false
    private var timeout: Duration?
    private var holdTimeout: Duration?

    /// Whether the last packet caused something besides: keys that ended (at most two), or a settled address.
    var hasNews = false
    var endedKeys: (TelephoneEventDetector.Completed?, TelephoneEventDetector.Completed?) = (nil, nil)
    var movedAddress: IPEndpoint?
    var lockedAddress: IPEndpoint?

    /// An event that gets no packet for so long is over (RFC 4733 §2.6.1.2 asks for a multiple of the packet time).
    private static let keyTimeout = Duration.milliseconds(300)

    init(using generator: inout some RandomNumberGenerator) {
        outbound = OutboundStream(using: &generator)
    }

    /// An offer and its answer settled something.
    mutating func update(_ parameters: MediaParameters, lockWindow: Duration, at now: MonotonicInstant) {
        let new = StreamFormat(parameters)
        if format?.clockRate != new.clockRate { reception = ReceptionStatistics(clockRate: new.clockRate) }
        (format, isRelay) = (new, false)
        lock.update(remote: parameters.remote, learns: parameters.learnsRemote, window: lockWindow, at: now)
        (timeout, holdTimeout) = (parameters.timeout, parameters.holdTimeout)
        (lastArrival, hasTimedOut) = (now, false)
    }

    /// The same where packets are handed on as they are.
    mutating func relay(_ parameters: RelayParameters, lockWindow: Duration, at now: MonotonicInstant) {
        (format, isRelay) = (nil, true)
        lock.update(remote: parameters.remote, learns: true, window: lockWindow, at: now)
        (timeout, holdTimeout) = (parameters.timeout, parameters.timeout)
        (lastArrival, hasTimedOut) = (now, false)
    }

    /// A datagram came that is handed on as it is.
    ///
    /// - Returns: Whether it is the peer's.
    mutating func relayed(octets: Int, from source: IPEndpoint?, at now: MonotonicInstant) -> Bool {
        if let source, !accepts(source, at: now) { return false }
        (lastArrival, hasTimedOut) = (now, false)
        statistics.packetsReceived &+= 1
        statistics.octetsReceived &+= UInt64(octets)
        return true
    }

    /// A datagram came; `source` is `nil` when the kernel already lets only the peer's packets through.
    mutating func received(_ datagram: Span<UInt8>, from source: IPEndpoint?, at now: MonotonicInstant) -> Arrival {
        guard let format else { return .refused }
        let view: RTPPacketView
        do {
            view = try RTPPacketView(parsing: datagram)
        } catch {
            statistics.invalidPackets &+= 1
            return .refused
        }
        if let source, !accepts(source, at: now) { return .refused }
        lastArrival = now
        hasTimedOut = false
        let header = view.header
        statistics.packetsReceived &+= 1
        statistics.octetsReceived &+= UInt64(view.payload.count)
        // All packets of an event bear its beginning's timestamp, which would look like jitter.
        let isTimely = header.payloadType != format.eventReceive
        if case .newSource = reception.received(header, isTimely: isTimely, at: now), let key = keys.sourceChanged() {
            report(key)
        }
        guard format.receives else { return .refused }
        let arrival = format.arrival(of: view)
        switch arrival {
        case .audio:
            // Where the clocks differ, there are senders whose events have timestamps of their own.
            if keys.isActive, format.eventClockRate == format.clockRate,
                let key = keys.receivedMedia(timestamp: header.timestamp, slack: UInt32(format.clockRate / 10))
            {
                report(key)
            }
        case .key: receivedKey(datagram.extracting(view.payload), header, at: now)
        case .noise: break
        case .refused: statistics.invalidPackets &+= 1
        }
        return arrival
    }

    /// Time passes: a key without an end is over, and too long a silence is reported once.
    mutating func advance(to now: MonotonicInstant) -> MediaEvent? {
        if keys.isActive, now - lastKeyAt > Self.keyTimeout, let key = keys.flush() { report(key) }
        guard format != nil || isRelay, !hasTimedOut else { return nil }
        let isHeld = format.map { !$0.sends || !$0.receives } ?? false
        let limit = isHeld ? holdTimeout : timeout
        guard let limit, limit > .zero, now - lastArrival >= limit else { return nil }
        hasTimedOut = true
        return .timedOut
    }

    /// The counters as they are now.
    func snapshot() -> MediaStatistics {
        var result = statistics
        (result.packetsSent, result.octetsSent) = (outbound.packets, outbound.octets)
        result.packetsLost = Int64(reception.cumulativeLost)
        result.jitterMilliseconds = Double(reception.jitter) * 1000 / Double(format?.clockRate ?? 8000)
        return result
    }

    /// The block for our next report, if the peer has sent anything.
    mutating func makeReportBlock(at now: MonotonicInstant) -> RTCPReportBlock? {
        reception.makeReportBlock(at: now)
    }

    /// The peer's RTCP came: its reports tell the round trip and what it lost.
    mutating func receivedReports(_ compound: RTCPCompound, ntp: NTPTimestamp, at now: MonotonicInstant) {
        for packet in compound.packets {
            if case .senderReport(let ssrc, let information, _) = packet {
                reception.receivedSenderReport(from: ssrc, information, at: now)
            }
        }
        for block in compound.reportBlocks where block.ssrc == outbound.ssrc {
            statistics.reportsReceived &+= 1
            statistics.remoteFractionLost = Double(block.fractionLost) / 256
            statistics.remotePacketsLost = Int64(block.cumulativeLost)
            statistics.remoteJitterMilliseconds = Double(block.jitter) * 1000 / Double(format?.clockRate ?? 8000)
            if let trip = block.roundTripTime(arrivedAt: ntp) {
                statistics.roundTripMilliseconds = Double(trip.wholeNanoseconds) / 1_000_000
            }
        }
    }

    private mutating func accepts(_ source: IPEndpoint, at now: MonotonicInstant) -> Bool {
        switch lock.received(from: source, at: now) {
        case .accepted:
            return true
        case .moved(let endpoint):
            (movedAddress, hasNews) = (endpoint, true)
            return true
        case .locked(let endpoint):
            (lockedAddress, hasNews) = (endpoint, true)
            return true
        case .refused:
            statistics.strayPackets &+= 1
            return false
        }
    }

    private mutating func receivedKey(_ payload: Span<UInt8>, _ header: RTPHeader, at now: MonotonicInstant) {
        guard let event = TelephoneEvent(parsing: payload) else { return }
        lastKeyAt = now
        let outcome = keys.received(event, timestamp: header.timestamp)
        if let key = outcome.previous { report(key) }
        if let key = outcome.ended { report(key) }
    }

    private mutating func report(_ key: TelephoneEventDetector.Completed) {
        hasNews = true
        if endedKeys.0 == nil { endedKeys.0 = key } else { endedKeys.1 = key }
    }

    /// The event that tells of a key; `nil` for codes that are no keys.
    func event(for key: TelephoneEventDetector.Completed) -> MediaEvent? {
        guard let digit = TelephoneEvent.digit(forCode: key.code) else { return nil }
        return .dtmf(digit: digit, milliseconds: Int(key.duration) * 1000 / (format?.eventClockRate ?? 8000))
    }
}

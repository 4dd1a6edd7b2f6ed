import Base

/// Where a stream's packets must come from and where its own go: symmetric RTP with protection against bleed.
///
/// | state | a packet from the candidate | a packet from elsewhere |
/// |---|---|---|
/// | learning | counted; the third in a row locks | the signalled address becomes the candidate, and so does any source while that address is silent |
/// | locked | accepted | refused |
///
/// An update opens the window again. When the window ends without three packets, the first packet after it locks.
struct SourceLock {
    enum Verdict: Equatable {
        case accepted
        /// Accepted, and the address is settled from now on.
        case locked(IPEndpoint)
        case refused
    }

    /// So many packets in a row from one address settle it: a stray of an old call rarely sends as many.
    static let packetsToLock = 3

    private(set) var signalled: IPEndpoint?
    private(set) var candidate: IPEndpoint?
    private(set) var isLocked = false
    private var learns = false
    private var count = 0
    private var windowEnd = MonotonicInstant.zero

    /// Where to send: what was learned, or what was signalled.
    var destination: IPEndpoint? { candidate ?? signalled }

    /// An offer or answer named `remote`.
    mutating func update(remote: IPEndpoint?, learns: Bool, window: Duration, at now: MonotonicInstant) {
        // A session refresh must not interrupt the audio of a phone behind a NAT: what was learned goes on.
        if remote != signalled || !learns { candidate = nil }
        (signalled, self.learns) = (remote, learns)
        (count, isLocked) = (0, false)
        windowEnd = now + window
    }

    /// A packet came from `source`.
    mutating func received(from source: IPEndpoint, at now: MonotonicInstant) -> Verdict {
        if isLocked { return source == candidate ? .accepted : .refused }
        guard learns else {
            // Peers whose packets come from another port than they receive on: where to send is never changed, and
            // only the signalled host is believed.
            return source.address == signalled?.address ? .accepted : .refused
        }
        if source == candidate {
            count += 1
        } else if candidate == nil || count == 0 || source == signalled {
            (candidate, count) = (source, 1)
        } else if candidate != signalled {
            // Two strangers: neither is settled, the newer may be the one that stays.
            (candidate, count) = (source, 1)
        } else {
            return .refused
        }
        guard count >= Self.packetsToLock || now >= windowEnd else { return .accepted }
        isLocked = true
        return .locked(source)
    }
}

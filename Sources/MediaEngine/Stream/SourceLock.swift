package import Base

/// Where a stream's packets must come from and where its own go: symmetric RTP with protection against bleed.
///
/// | state | a packet from the candidate | a packet from elsewhere |
/// |---|---|---|
/// | learning | counted; the third in a row locks | becomes the candidate, unless a trusted address is heard |
/// | locked | accepted | refused |
///
/// Trusted are the signalled address, and the address that was locked before an update that does not name another one.
/// An update opens the window again. When it ends without three packets in a row, the next packet locks.
package struct SourceLock {
    /// What is to be done with a packet.
    package enum Verdict: Equatable {
        /// It is the peer's.
        case accepted
        /// Accepted, and what we send goes there for the time being.
        case moved(IPEndpoint)
        /// Accepted, and the address is settled from now on.
        case locked(IPEndpoint)
        /// It is not the peer's.
        case refused
    }

    /// So many packets in a row from one address settle it: a stray of an old call rarely sends as many.
    package static let packetsToLock = 3

    package private(set) var signalled: IPEndpoint?
    package private(set) var candidate: IPEndpoint?
    package private(set) var isLocked = false
    private var incumbent: IPEndpoint?
    private var learns = false
    private var count = 0
    private var windowEnd = MonotonicInstant.zero

    package init() {}

    /// Where to send: what was learned, or what was signalled.
    package var destination: IPEndpoint? { candidate ?? signalled }

    /// An offer or answer named `remote`.
    package mutating func update(remote: IPEndpoint?, learns: Bool, window: Duration, at now: MonotonicInstant) {
        // A session refresh must not interrupt the audio of a phone behind a NAT: what was learned goes on.
        let isRefresh = remote == signalled && learns
        incumbent = isRefresh && isLocked ? candidate : isRefresh ? incumbent : nil
        candidate = isRefresh ? candidate : nil
        (signalled, self.learns) = (remote, learns)
        (count, isLocked) = (0, false)
        windowEnd = now + window
    }

    /// A packet came from `source`.
    package mutating func received(from source: IPEndpoint, at now: MonotonicInstant) -> Verdict {
        if isLocked { return source == candidate ? .accepted : .refused }
        guard learns else {
            // Peers whose packets come from another port than they receive on: where to send is never changed, and
            // only the signalled host is believed.
            return source.address == signalled?.address ? .accepted : .refused
        }
        let before = destination
        if source == candidate {
            count += 1
        } else {
            // Strangers take turns until one sends three in a row; they do not displace someone who is trusted.
            guard count == 0 || isTrusted(source) || !isTrusted(candidate) else { return .refused }
            (candidate, count) = (source, 1)
        }
        guard count >= Self.packetsToLock || now >= windowEnd else {
            return source == before ? .accepted : .moved(source)
        }
        isLocked = true
        return .locked(source)
    }

    private func isTrusted(_ source: IPEndpoint?) -> Bool {
        source != nil && (source == signalled || source == incumbent)
    }
}

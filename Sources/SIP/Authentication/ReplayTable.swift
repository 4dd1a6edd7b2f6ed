import Base

/// Which counts of which nonces have been used, for as many nonces as fit.
///
/// A nonce that is not in the table counts as unused only when its serial number is above that of every nonce that was
/// ever thrown out, so that throwing out cannot make a replay possible.
struct ReplayTable: Sendable {
    /// Counts may come out of order over UDP; those that are this far behind the highest are refused.
    static let window: UInt32 = 64

    private struct Entry: Sendable {
        var highest: UInt32
        /// Bit n: the count `highest - n` has been used.
        var used: UInt64
    }

    private let limit: Int
    private var entries: [UInt64: Entry] = [:]
    /// Serial numbers in the order of first use; those before `oldest` are gone.
    private var order: [(serial: UInt64, issued: MonotonicInstant)] = []
    private var oldest = 0
    private var forgottenUpTo: UInt64 = 0

    init(limit: Int) {
        self.limit = max(limit, 1)
    }

    var count: Int { entries.count }

    /// Marks a count of a nonce.
    ///
    /// - Returns: whether it has not been used before.
    mutating func use(_ serial: UInt64, count: UInt32, issued: MonotonicInstant) -> Bool {
        guard count > 0 else { return false }
        guard var entry = entries[serial] else {
            return insert(serial, Entry(highest: count, used: 1), issued)
        }
        if count > entry.highest {
            let shift = count - entry.highest
            entry.used = shift < Self.window ? entry.used << UInt64(shift) | 1 : 1
            entry.highest = count
        } else {
            let behind = entry.highest - count
            guard behind < Self.window, entry.used & 1 << UInt64(behind) == 0 else { return false }
            entry.used |= 1 << UInt64(behind)
        }
        entries[serial] = entry
        return true
    }

    /// Marks all counts of a nonce: credentials without a count use it up.
    ///
    /// - Returns: whether none has been used before.
    mutating func useUp(_ serial: UInt64, issued: MonotonicInstant) -> Bool {
        guard entries[serial] == nil else { return false }
        return insert(serial, Entry(highest: .max, used: .max), issued)
    }

    /// Throws out nonces that are too old to be accepted anyway.
    mutating func forget(issuedBefore now: MonotonicInstant, lifetime: Duration) {
        while oldest < order.count, now - order[oldest].issued > lifetime { forgetOldest() }
        if oldest > 1024, oldest > order.count / 2 {
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    private mutating func insert(_ serial: UInt64, _ entry: Entry, _ issued: MonotonicInstant) -> Bool {
        guard serial > forgottenUpTo else { return false }
        if entries.count >= limit { forgetOldest() }
        entries[serial] = entry
        order.append((serial, issued))
        return true
    }

    private mutating func forgetOldest() {
        guard oldest < order.count else { return }
        let serial = order[oldest].serial
        oldest += 1
        entries[serial] = nil
        forgottenUpTo = max(forgottenUpTo, serial)
    }
}

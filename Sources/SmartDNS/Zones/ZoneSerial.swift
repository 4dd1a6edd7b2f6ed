import Synchronization

/// The serial number of zones that have none in the configuration: when what they say changed last, in seconds since
/// 1970, so that it is the same on all servers that learn of a change at the same time.
final class ZoneSerial: Sendable {
    private let seconds = Atomic<UInt32>(1)

    /// The number.
    var value: UInt32 { seconds.load(ordering: .relaxed) }

    /// Goes on to a time; never back, and on by one at least (RFC 1982).
    func advance(to time: UInt32) {
        var known = value
        while true {
            let next = Int32(bitPattern: time &- known) > 0 ? time : known &+ 1
            let (isDone, now) = seconds.compareExchange(expected: known, desired: next, ordering: .relaxed)
            if isDone { return }
            known = now
        }
    }

    /// Takes over a number.
    func set(_ value: UInt32) { seconds.store(value, ordering: .relaxed) }
}

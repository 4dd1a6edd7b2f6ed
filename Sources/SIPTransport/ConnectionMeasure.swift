public import Base

/// What the kernel knows of the path that a connection takes.
public struct ConnectionMeasure: Hashable, Sendable {
    /// The peer.
    public let remote: IPAddress
    /// The smoothed round trip, in milliseconds (RFC 6298).
    public let milliseconds: Double
    /// The share of segments that were sent again, 0 to 1; `nil` when too few were sent to tell.
    public let loss: Double?

    /// What is known.
    public init(remote: IPAddress, milliseconds: Double, loss: Double?) {
        (self.remote, self.milliseconds, self.loss) = (remote, milliseconds, loss)
    }
}

/// What a connection had sent when it was looked at last.
struct SentSegments {
    /// The places in Linux's `tcp_info`, in words of 32 bits.
    private static let roundTrip = 17
    private static let sentAgain = 25
    private static let sent = 34
    /// Fewer segments than this say nothing of loss.
    private static let fewest: UInt32 = 20

    /// What was sent at the last time, and at the last time that loss was told.
    private var last: UInt32 = 0
    private var counted: (sent: UInt32, again: UInt32) = (0, 0)

    /// What came about since the last time; `nil` when nothing was sent.
    ///
    /// - Parameter words: `tcp_info`, with zeros behind what the kernel has of it.
    mutating func measure(_ words: SIMD64<UInt32>, _ remote: IPAddress) -> ConnectionMeasure? {
        let (sent, again, microseconds) = (words[Self.sent], words[Self.sentAgain], words[Self.roundTrip])
        defer { last = sent }
        guard sent != last, microseconds > 0 else { return nil }
        var loss: Double?
        let count = sent &- counted.sent
        if count >= Self.fewest {
            loss = min(Double(again &- counted.again) / Double(count), 1)
            counted = (sent, again)
        }
        return ConnectionMeasure(remote: remote, milliseconds: Double(microseconds) / 1000, loss: loss)
    }
}

/// The sequence numbers of one source: validity, wraps and losses (RFC 3550 A.1, A.3).
public struct SequenceTracker: Sendable {
    /// What a sequence number means.
    public enum Outcome: Hashable, Sendable {
        /// In order, perhaps after a gap of `lost` packets.
        case inOrder(lost: Int)
        /// A duplicate, or a packet that comes after its successors.
        case late
        /// A new source that has not yet shown enough packets in order.
        case probation
        /// Far away from what was expected; do not use it. If the next one follows it, the source has restarted.
        case outOfRange
        /// The source has restarted with another sequence; the counts began anew.
        case restarted
    }

    /// The gap that still counts as loss.
    public static let maximumDropout: UInt16 = 3000
    /// How far back a packet may come and still count as late.
    public static let maximumMisorder: UInt16 = 100

    private let minimumSequential: Int
    private var probation: Int
    private var isStarted = false
    private var highest: UInt16 = 0
    private var cycles: UInt32 = 0
    private var base: UInt32 = 0
    private var suspect: UInt32 = noSuspect
    private var expectedBefore: UInt32 = 0
    private var receivedBefore: UInt32 = 0

    /// Packets received since the source became valid, duplicates and late ones included.
    public private(set) var received: UInt32 = 0

    /// A number that no 16-bit sequence number equals.
    private static let noSuspect: UInt32 = 0x1_0000

    /// A tracker that believes a source after `minimumSequential` packets in order, the first included.
    ///
    /// RFC 3550 uses 2. A call whose peer is known from signalling loses nothing by 1.
    public init(minimumSequential: Int = 1) {
        self.minimumSequential = max(minimumSequential, 1)
        probation = self.minimumSequential
    }

    /// The highest sequence number with its wraps above it.
    public var extendedHighest: UInt32 { cycles &+ UInt32(highest) }

    /// Packets that should have come.
    public var expected: UInt32 { isStarted && probation == 0 ? extendedHighest &- base &+ 1 : 0 }

    /// Packets that did not come; negative where duplicates outnumber them.
    public var cumulativeLost: Int32 { Int32(bitPattern: expected &- received) }

    /// Takes the sequence number of a packet.
    public mutating func track(_ sequence: UInt16) -> Outcome {
        if !isStarted {
            isStarted = true
            restart(at: sequence)
            highest = sequence &- 1
        }
        let distance = sequence &- highest
        if probation > 0 {
            if distance == 1 {
                probation -= 1
                highest = sequence
                guard probation == 0 else { return .probation }
                restart(at: sequence)
                received = 1
                return .inOrder(lost: 0)
            }
            probation = minimumSequential - 1
            highest = sequence
            guard probation == 0 else { return .probation }
            restart(at: sequence)
            received = 1
            return .inOrder(lost: 0)
        }
        if distance == 0 {
            received &+= 1
            return .late
        }
        if distance < Self.maximumDropout {
            if sequence < highest { cycles &+= 0x1_0000 }
            highest = sequence
            received &+= 1
            return .inOrder(lost: Int(distance) - 1)
        }
        if distance <= UInt16.max - Self.maximumMisorder {
            if UInt32(sequence) == suspect {
                restart(at: sequence)
                received = 1
                return .restarted
            }
            suspect = UInt32(sequence &+ 1)
            return .outOfRange
        }
        received &+= 1
        return .late
    }

    /// The share lost since this was asked last, in 1/256 (RFC 3550 A.3).
    public mutating func takeFractionLost() -> UInt8 {
        let expectedNow = expected &- expectedBefore
        let receivedNow = received &- receivedBefore
        (expectedBefore, receivedBefore) = (expected, received)
        let lost = Int64(Int32(bitPattern: expectedNow &- receivedNow))
        guard expectedNow != 0, lost > 0 else { return 0 }
        return UInt8(clamping: (lost << 8) / Int64(expectedNow))
    }

    private mutating func restart(at sequence: UInt16) {
        base = UInt32(sequence)
        highest = sequence
        cycles = 0
        suspect = Self.noSuspect
        received = 0
        expectedBefore = 0
        receivedBefore = 0
    }
}

/// Puts packets back in order and smooths their arrival, for legs that are decoded: transcoding, recording, echo.
///
/// Payloads are copied into slots that are allocated once. The reader asks for one frame each packet time. After an
/// underrun the buffer fills up to its target again; in adaptive mode the target grows with each late packet and
/// shrinks when packets have been coming early enough for a while.
public struct JitterBuffer: ~Copyable {
    /// The measures of a buffer.
    public struct Configuration: Hashable, Sendable {
        /// The frames that are collected before the first is given out, and after an underrun.
        public var initialDepth: Int
        /// The smallest target in adaptive mode.
        public var minimumDepth: Int
        /// The largest target in adaptive mode; the same as the others keeps the depth fixed.
        public var maximumDepth: Int
        /// The longest payload that is kept, in bytes.
        public var maximumPayloadBytes: Int
        /// After so many frames without a late one, the target shrinks by one.
        public var calmFrames: Int

        /// Measures in frames; values outside of what can be are moved inside.
        public init(
            initialDepth: Int = 3,
            minimumDepth: Int = 1,
            maximumDepth: Int = 10,
            maximumPayloadBytes: Int = 1500,
            calmFrames: Int = 250
        ) {
            self.maximumDepth = min(max(maximumDepth, 1), JitterBuffer.maximumSlots / 2)
            self.minimumDepth = min(max(minimumDepth, 1), self.maximumDepth)
            self.initialDepth = min(max(initialDepth, self.minimumDepth), self.maximumDepth)
            self.maximumPayloadBytes = min(max(maximumPayloadBytes, 1), 65_535)
            self.calmFrames = max(calmFrames, 1)
        }

        /// A buffer of so many frames that never adapts.
        public static func fixed(depth: Int, maximumPayloadBytes: Int = 1500) -> Configuration {
            Configuration(
                initialDepth: depth,
                minimumDepth: depth,
                maximumDepth: depth,
                maximumPayloadBytes: maximumPayloadBytes
            )
        }
    }

    /// What became of a packet.
    public enum OnInsert: Hashable, Sendable {
        /// It waits for its turn.
        case stored
        /// It came after its turn.
        case late
        /// It is there already.
        case duplicate
        /// It is longer than a slot.
        case tooLong
        /// It is far from the others: the buffer was emptied and begins with it.
        case restarted
    }

    /// What the reader gets.
    public enum OnRead: Hashable, Sendable {
        /// The next frame was written to the output.
        case frame(Frame)
        /// The next frame is missing, later ones are there: conceal it.
        case missing
        /// Nothing yet: the buffer is empty or fills up.
        case buffering
    }

    /// A frame that was given out.
    public struct Frame: Hashable, Sendable {
        /// The bytes written to the output.
        public var count: Int
        /// Its sequence number.
        public var sequenceNumber: UInt16
        /// Its RTP timestamp.
        public var timestamp: UInt32
        /// Its payload type.
        public var payloadType: UInt8
        /// Its marker bit.
        public var marker: Bool
    }

    private struct Slot {
        var isFilled = false
        var marker = false
        var payloadType: UInt8 = 0
        var sequenceNumber: UInt16 = 0
        var count: UInt16 = 0
        var timestamp: UInt32 = 0
    }

    static let maximumSlots = 128

    private let configuration: Configuration
    private let slotCount: Int
    private var slots: [Slot]
    private var storage: [UInt8]
    private var filled = 0
    private var next: UInt16 = 0
    private var hasNext = false
    private var isBuffering = true
    private var hasRead = false
    private var calm = 0

    /// The frames that are collected before reading starts.
    public private(set) var targetDepth: Int
    /// Packets that came after their turn.
    public private(set) var lateCount = 0
    /// Frames that were missing when it was their turn.
    public private(set) var missingCount = 0
    /// Frames that were left out to shrink the delay.
    public private(set) var droppedCount = 0

    /// A buffer of these measures; allocates everything that it will ever need.
    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        var count = 8
        while count < configuration.maximumDepth * 2 { count *= 2 }
        slotCount = count
        slots = [Slot](repeating: Slot(), count: count)
        storage = [UInt8](repeating: 0, count: count * configuration.maximumPayloadBytes)
        targetDepth = configuration.initialDepth
    }

    /// The frames that wait.
    public var depth: Int { filled }

    /// Keeps a packet until its turn.
    ///
    /// Packets that ``SequenceTracker`` calls out of range should not come here: one far away empties the buffer.
    public mutating func insert(_ header: RTPHeader, payload: Span<UInt8>) -> OnInsert {
        guard payload.count <= configuration.maximumPayloadBytes else { return .tooLong }
        var outcome = OnInsert.stored
        if !hasNext {
            (next, hasNext) = (header.sequenceNumber, true)
        }
        let distance = Int(Int16(bitPattern: header.sequenceNumber &- next))
        if distance < 0, !hasRead, distance > -slotCount, fits(from: header.sequenceNumber) {
            // Nothing was given out yet: an earlier packet may still come first.
            next = header.sequenceNumber
        } else if distance < 0, distance >= -Self.maximumSlots {
            lateCount &+= 1
            grow()
            return .late
        } else if distance < 0 || distance >= slotCount {
            removeAll()
            (next, hasNext) = (header.sequenceNumber, true)
            outcome = .restarted
        }
        let index = Int(header.sequenceNumber) & (slotCount - 1)
        guard !slots[index].isFilled else { return .duplicate }
        slots[index] = Slot(
            isFilled: true,
            marker: header.marker,
            payloadType: header.payloadType,
            sequenceNumber: header.sequenceNumber,
            count: UInt16(truncatingIfNeeded: payload.count),
            timestamp: header.timestamp
        )
        let start = index * configuration.maximumPayloadBytes
        var bytes = storage.mutableSpan
        for offset in payload.indices { bytes[start &+ offset] = payload[offset] }
        filled += 1
        return outcome
    }

    /// Gives out the frame whose turn it is; call once each packet time.
    ///
    /// A frame longer than `output` is cut. Where too much waits, one frame is left out.
    public mutating func read(into output: inout MutableSpan<UInt8>) -> OnRead {
        if isBuffering {
            guard filled >= targetDepth else { return .buffering }
            isBuffering = false
            // What was lost before the first frame that waits has no place in time any more.
            while !slots[Int(next) & (slotCount - 1)].isFilled { next &+= 1 }
        }
        guard filled > 0 else {
            // An underrun: what comes next may be a new talk spurt or the rest of a late one.
            isBuffering = true
            return .buffering
        }
        hasRead = true
        settle()
        if filled > targetDepth + Self.excessFrames {
            if take(into: nil, &output) != nil { droppedCount &+= 1 }
        }
        guard let frame = take(into: output.count, &output) else {
            missingCount &+= 1
            return .missing
        }
        return .frame(frame)
    }

    /// Gives out the frame whose turn it is, as soon as it is there: for legs that go by their packets and not by a clock.
    ///
    /// Call until it gives nothing, after each ``insert(_:payload:)``. Frames in order are never delayed; a missing one is
    /// waited for until `patience` later ones are there.
    public mutating func readArrived(into output: inout MutableSpan<UInt8>, patience: Int) -> Frame? {
        guard filled > 0 else { return nil }
        if !slots[Int(next) & (slotCount - 1)].isFilled {
            guard filled > patience else { return nil }
            while !slots[Int(next) & (slotCount - 1)].isFilled {
                next &+= 1
                missingCount &+= 1
            }
        }
        hasRead = true
        return take(into: output.count, &output)
    }

    /// Empties the buffer, for another source or after a pause in which nothing was read.
    public mutating func removeAll() {
        for index in slots.indices { slots[index].isFilled = false }
        filled = 0
        hasNext = false
        hasRead = false
        isBuffering = true
    }

    /// How many frames above the target may wait before one is left out.
    private static let excessFrames = 2

    /// Whether everything that waits still fits into the slots if the buffer began at `sequence`.
    private func fits(from sequence: UInt16) -> Bool {
        for slot in slots where slot.isFilled {
            if Int(slot.sequenceNumber &- sequence) >= slotCount { return false }
        }
        return true
    }

    private mutating func take(into limit: Int?, _ output: inout MutableSpan<UInt8>) -> Frame? {
        let index = Int(next) & (slotCount - 1)
        next &+= 1
        guard slots[index].isFilled else { return nil }
        let slot = slots[index]
        slots[index].isFilled = false
        filled -= 1
        let count = min(Int(slot.count), limit ?? 0)
        let start = index * configuration.maximumPayloadBytes
        let bytes = storage.span
        for offset in 0..<count { output[offset] = bytes[start &+ offset] }
        return Frame(
            count: count,
            sequenceNumber: slot.sequenceNumber,
            timestamp: slot.timestamp,
            payloadType: slot.payloadType,
            marker: slot.marker
        )
    }

    /// A packet came too late: wait for one more frame from the next fill on.
    private mutating func grow() {
        calm = 0
        targetDepth = min(targetDepth + 1, configuration.maximumDepth)
    }

    private mutating func settle() {
        calm += 1
        guard calm >= configuration.calmFrames else { return }
        calm = 0
        targetDepth = max(targetDepth - 1, configuration.minimumDepth)
    }
}

import Base

/// Payloads that are sent back later (`delay_echo`).
final class EchoLine {
    private struct Slot {
        var due = MonotonicInstant.zero
        var length = 0
    }

    let delay: Duration
    private var slots: [Slot]
    private var bytes: [UInt8]
    private var start = 0
    private var count = 0

    /// The longest delay.
    static let maximumDelay = Duration.seconds(10)
    /// As long as the longest payload that can be sent back.
    private static let slotBytes = AudioCoding.maximumPayload

    init(delay: Duration, packetMilliseconds: Int) {
        self.delay = min(max(delay, .milliseconds(20)), Self.maximumDelay)
        let capacity = Int(self.delay.wholeMilliseconds) / max(packetMilliseconds, 10) + 8
        slots = [Slot](repeating: Slot(), count: capacity)
        bytes = [UInt8](repeating: 0, count: capacity * Self.slotBytes)
    }

    /// Keeps a payload; one that is too long, or too many, are dropped.
    func append(_ payload: UnsafeBufferPointer<UInt8>, at now: MonotonicInstant) {
        guard payload.count <= Self.slotBytes, count < slots.count else { return }
        let slot = (start + count) % slots.count
        slots[slot] = Slot(due: now + delay, length: payload.count)
        for index in payload.indices { bytes[slot * Self.slotBytes + index] = payload[index] }
        count += 1
    }

    /// Takes the next payload out, if its time has come.
    func take(into buffer: UnsafeMutableBufferPointer<UInt8>, at now: MonotonicInstant) -> Int? {
        guard count > 0, slots[start].due <= now else { return nil }
        let length = min(slots[start].length, buffer.count)
        for index in 0..<length { buffer[index] = bytes[start * Self.slotBytes + index] }
        start = (start + 1) % slots.count
        count -= 1
        return length
    }
}

/// Samples between a side that writes in packets and one that reads in frames; when full, the oldest go.
struct SampleFIFO {
    private var ring: [Int16]
    private var start = 0
    private(set) var count = 0

    init(capacity: Int) {
        ring = [Int16](repeating: 0, count: max(capacity, 1))
    }

    mutating func append(_ samples: UnsafeBufferPointer<Int16>) {
        for sample in samples { append(sample) }
    }

    /// Adds so many samples of silence.
    mutating func append(silence number: Int) {
        for _ in 0..<min(max(number, 0), ring.count) { append(0) }
    }

    @inline(__always)
    private mutating func append(_ sample: Int16) {
        var end = start &+ count
        if end >= ring.count { end &-= ring.count }
        ring[end] = sample
        if count < ring.count {
            count &+= 1
        } else {
            start = start &+ 1 == ring.count ? 0 : start &+ 1
        }
    }

    /// Leaves out the oldest samples.
    mutating func drop(_ number: Int) {
        let dropped = min(max(number, 0), count)
        start = (start &+ dropped) % ring.count
        count &-= dropped
    }

    /// Takes a frame out, with silence at its end when there are too few samples; gives how many there were.
    mutating func take(into frame: UnsafeMutableBufferPointer<Int16>) -> Int {
        let taken = min(count, frame.count)
        for index in 0..<taken {
            frame[index] = ring[start]
            start = start &+ 1 == ring.count ? 0 : start &+ 1
        }
        for index in taken..<frame.count { frame[index] = 0 }
        count &-= taken
        return taken
    }
}

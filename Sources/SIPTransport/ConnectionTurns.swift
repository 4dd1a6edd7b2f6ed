/// Whose turn it is among connections that have numbers, where only some can be looked at each time.
public struct ConnectionTurns: Sendable {
    /// The numbers, in their order.
    private var numbers: [UInt64] = []
    /// The last one whose turn it was.
    private var last: UInt64 = 0

    /// Nobody is there.
    public init() {}

    /// One more is there, with a higher number than all others.
    public mutating func add(_ number: UInt64) { numbers.append(number) }

    /// One is not there any more.
    public mutating func remove(_ number: UInt64) {
        let place = place(after: number) - 1
        if numbers.indices.contains(place), numbers[place] == number { numbers.remove(at: place) }
    }

    /// The next ones, at most so many, and each once.
    public mutating func take(_ count: Int) -> [UInt64] {
        let start = place(after: last)
        let turns = (numbers[start...] + numbers[..<start]).prefix(count)
        last = turns.last ?? last
        return Array(turns)
    }

    /// The place of the first one with a higher number.
    private func place(after number: UInt64) -> Int {
        var (start, end) = (numbers.startIndex, numbers.endIndex)
        while start < end {
            let middle = start + (end - start) / 2
            if numbers[middle] <= number { start = middle + 1 } else { end = middle }
        }
        return start
    }
}

/// How many rows are asked for at once: fewer where they are long, so that a batch takes a bounded amount of memory.
struct BatchSize: Sendable, Hashable {
    /// How many rows the next batch may have.
    private(set) var rows: Int
    private let limit: Int

    /// - Parameter limit: The most rows of a batch.
    init(limit: Int) {
        self.limit = max(limit, 1)
        rows = self.limit
    }

    /// A batch was read.
    ///
    /// - Parameters:
    ///   - count: How many rows it has.
    ///   - isFull: Whether there would have been more rows if they were shorter.
    mutating func read(_ count: Int, isFull: Bool) {
        rows = isFull ? max(count, 1) : min(rows * 2, limit)
    }
}

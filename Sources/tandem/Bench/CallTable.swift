import Base

/// What calls cost, and how long they take: CPU of the whole process, and time.
///
/// Of each the median, and what the dearest and the slowest of a hundred need. A busy machine makes calls slow, and hardly
/// dearer.
struct CallTable {
    private let title: String
    private var rows = [["", "ms of CPU", "99 %", "ms", "99 %"]]

    init(_ title: String) {
        self.title = title
    }

    /// Measures calls one after the other.
    ///
    /// - Parameter prepare: What comes before each of them, and is not measured.
    mutating func measure(
        _ what: String,
        calls: Int,
        after prepare: () async -> Void = {},
        _ call: () async throws -> Void
    ) async throws {
        var (processor, elapsed): ([Double], [Double]) = ([], [])
        for _ in 0..<calls {
            await prepare()
            let (start, begun) = (ContinuousClock.now, MachineClock.processor.nanoseconds)
            try await call()
            processor.append(Double(MachineClock.processor.nanoseconds - begun) / 1e6)
            elapsed.append(Double((ContinuousClock.now - start).wholeNanoseconds) / 1e6)
        }
        processor.sort()
        elapsed.sort()
        let last = calls * 99 / 100
        let figures = [processor[calls / 2], processor[last], elapsed[calls / 2], elapsed[last]]
        rows.append([what] + figures.map { $0.text(places: 3) })
    }

    /// The table with a blank line after it.
    var text: String { title + "\n" + BenchTable.aligned(rows) + "\n" }
}

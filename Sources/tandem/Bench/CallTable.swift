import Base

/// What calls cost, and how long they take: CPU of the whole process, and time.
///
/// Of each the median, and what the dearest and the slowest of a hundred need, with what they should not need more than. A busy
/// machine makes calls slow, and hardly dearer.
struct CallTable {
    private let title: String
    private var rows = [["", "ms of CPU", "99 %", "aim", "ms", "99 %", "aim"]]

    /// What is aimed at, in milliseconds.
    struct Aims {
        let processor: Int
        let elapsed: Int
    }

    init(_ title: String) {
        self.title = title
    }

    /// Adds what was measured.
    mutating func add(_ what: String, _ samples: CallSamples, aims: Aims? = nil) {
        var row = [what]
        for (figures, aim) in [(samples.processor, aims?.processor), (samples.elapsed, aims?.elapsed)] {
            row += [figures.median.text(places: 3), figures.late.text(places: 3), aim.map { "\($0)" } ?? ""]
        }
        rows.append(row)
    }

    /// Measures calls one after the other.
    ///
    /// - Parameter prepare: What comes before each of them, and is not measured.
    mutating func measure(
        _ what: String,
        calls: Int,
        aims: Aims? = nil,
        after prepare: () async -> Void = {},
        _ call: () async throws -> Void
    ) async throws {
        var samples = CallSamples()
        for _ in 0..<calls {
            await prepare()
            try await samples.measure(call)
        }
        add(what, samples, aims: aims)
    }

    /// The table with a blank line after it.
    var text: String { title + "\n" + BenchTable.aligned(rows) + "\n" }
}

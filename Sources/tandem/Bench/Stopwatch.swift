import Base

/// Times a piece of work by the CPU time that the process uses for it.
///
/// Nothing else runs in a benchmark's process, so that this is the work's own cost however busy the machine is.
struct Stopwatch {
    /// How many rounds are measured; the median counts.
    static let rounds = 7

    private let roundNanoseconds: Int64

    /// Measures each piece of work for so many seconds.
    init(seconds: Double) {
        roundNanoseconds = Int64(min(max(seconds, 0.01), 3600) * 1e9) / Int64(Self.rounds)
    }

    /// What one run costs.
    func measure(_ work: () -> Void) -> Timing {
        Timing(
            (0..<Self.rounds).map { _ in
                var round = Round(roundNanoseconds)
                while round.goesOn {
                    for _ in 0..<Round.batch { work() }
                }
                return round.nanosecondsPerRun
            }
        )
    }

    /// The same for work that may suspend.
    func measure(_ work: () async -> Void) async -> Timing {
        var results: [Double] = []
        for _ in 0..<Self.rounds {
            var round = Round(roundNanoseconds)
            while round.goesOn {
                for _ in 0..<Round.batch { await work() }
            }
            results.append(round.nanosecondsPerRun)
        }
        return Timing(results)
    }
}

/// What one run of a piece of work costs, from several rounds.
struct Timing {
    /// The median of the rounds.
    let nanoseconds: Double
    /// How far apart the cheapest and the dearest round are, in relation to the median: the machine's noise.
    let spread: Double?

    /// The same for a part of the work, of which one run had several.
    func divided(by count: Int) -> Timing {
        Timing(nanoseconds: nanoseconds / Double(max(count, 1)), spread: spread)
    }

    private init(nanoseconds: Double, spread: Double?) {
        (self.nanoseconds, self.spread) = (nanoseconds, spread)
    }

    init(_ rounds: [Double]) {
        let sorted = rounds.sorted()
        nanoseconds = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        spread = sorted.count > 1 ? (sorted[sorted.count - 1] - sorted[0]) / max(nanoseconds, 0.001) : nil
    }
}

/// One round: batches of runs until the time is over.
private struct Round {
    /// How many runs are made between two looks at the clock.
    static let batch = 64

    private let begun = MachineClock.processor.nanoseconds
    private let length: Int64
    private var runs = 0
    private var elapsed: Int64 = 0

    init(_ length: Int64) {
        self.length = length
    }

    /// Counts the batch that has ended, if there was one, and says whether another one is wanted.
    var goesOn: Bool {
        mutating get {
            elapsed = MachineClock.processor.nanoseconds - begun
            guard runs == 0 || elapsed < length else { return false }
            runs += Self.batch
            return true
        }
    }

    var nanosecondsPerRun: Double { Double(elapsed) / Double(max(runs, 1)) }
}

import Glibc

/// Times a piece of work by the CPU time of its thread.
enum Stopwatch {
    /// How many rounds are measured; the median counts.
    static let rounds = 5
    private static let roundNanoseconds: Int64 = 200_000_000

    /// The CPU time of one run in nanoseconds.
    static func nanoseconds(_ work: () -> Void) -> Double {
        median(
            (0..<rounds).map { _ in
                let begun = now()
                var runs = 0
                repeat {
                    for _ in 0..<100 { work() }
                    runs += 100
                } while now() - begun < roundNanoseconds
                return Double(now() - begun) / Double(runs)
            }
        )
    }

    /// The same for work that may suspend; it must stay on one thread.
    static func nanoseconds(_ work: () async -> Void) async -> Double {
        var results: [Double] = []
        for _ in 0..<rounds {
            let begun = now()
            var runs = 0
            repeat {
                for _ in 0..<100 { await work() }
                runs += 100
            } while now() - begun < roundNanoseconds
            results.append(Double(now() - begun) / Double(runs))
        }
        return median(results)
    }

    /// A line of the table.
    static func report(_ what: String, _ nanoseconds: Double) {
        let name = what + String(repeating: " ", count: max(48 - what.count, 1))
        let micro = Double(Int(nanoseconds / 10)) / 100
        print("\(name)\(micro) µs\t\(Int(1_000_000_000 / max(nanoseconds, 0.001))) per second and core")
    }

    private static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

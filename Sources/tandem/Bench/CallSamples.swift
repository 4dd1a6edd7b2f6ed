import Base

/// What some calls needed.
struct CallSamples: Sendable {
    /// Milliseconds, of which half are less than the median, and 99 of 100 less than the late ones.
    struct Figures: Sendable {
        fileprivate var all: [Double] = []

        var median: Double { part(50) }
        var late: Double { part(99) }

        private func part(_ percent: Int) -> Double {
            all.isEmpty ? 0 : all.sorted()[min(all.count * percent / 100, all.count - 1)]
        }
    }

    /// CPU time of the whole process.
    private(set) var processor = Figures()
    /// Time.
    private(set) var elapsed = Figures()

    /// Measures one call.
    mutating func measure(_ call: () async throws -> Void) async throws {
        let (start, begun) = (ContinuousClock.now, MachineClock.processor.nanoseconds)
        try await call()
        processor.all.append(Double(MachineClock.processor.nanoseconds - begun) / 1e6)
        elapsed.all.append(Double((ContinuousClock.now - start).wholeNanoseconds) / 1e6)
    }

    /// Adds those of another turn.
    mutating func add(_ others: CallSamples) {
        processor.all += others.processor.all
        elapsed.all += others.elapsed.all
    }

    /// How much more these need than others do: the median, and the late ones, which are compared with the others' median, so
    /// that what makes those late takes nothing off.
    func comparison(with others: CallSamples) -> String {
        func more(_ path: KeyPath<CallSamples, Figures>) -> (median: String, late: String) {
            let (own, other) = (self[keyPath: path], others[keyPath: path].median)
            return ((own.median - other).text(places: 3), (own.late - other).text(places: 3))
        }
        let (processor, elapsed) = (more(\.processor), more(\.elapsed))
        return """
            \(processor.median) ms of CPU (99 %: \(processor.late)), \(elapsed.median) ms (99 %: \(elapsed.late))
            """
    }
}

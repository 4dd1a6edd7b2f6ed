import Base
import MediaEngine
import Testing

@Suite struct CoreTests {
    @Test func portsAreEvenAndRest() {
        var generator = SeededGenerator(seed: 3)
        var pool = PortPool(ports: 16_385...16_392, drainTime: .seconds(5), using: &generator)
        var now = MonotonicInstant.zero
        var taken: Set<UInt16> = []
        while let port = pool.take(at: now) { taken.insert(port) }
        // 16392 has no odd port after it in the range.
        #expect(taken == [16_386, 16_388, 16_390])
        pool.release(16_388, at: now)
        now = now + .seconds(3)
        pool.release(16_386, at: now)
        #expect(pool.take(at: now) == nil)
        now = now + .seconds(2)
        #expect(pool.take(at: now) == 16_388)
        #expect(pool.take(at: now) == nil)
        now = now + .seconds(3)
        #expect(pool.take(at: now) == 16_386)
    }

    @Test(arguments: [1...1, 2...2, 65_535...65_535, 1...2] as [ClosedRange<UInt16>])
    func rangesWithoutAPairAreEmpty(ports: ClosedRange<UInt16>) {
        var generator = SeededGenerator(seed: 3)
        var pool = PortPool(ports: ports, drainTime: .zero, using: &generator)
        #expect(pool.take(at: .zero) == nil)
    }

    @Test func portsGoRoundInTurn() {
        var generator = SeededGenerator(seed: 9)
        var pool = PortPool(ports: 20_000...20_199, drainTime: .milliseconds(1), using: &generator)
        var last: [UInt16: Int] = [:]
        for turn in 0..<1000 {
            let now = MonotonicInstant(nanoseconds: Int64(turn) * 10_000_000)
            guard let port = pool.take(at: now) else {
                Issue.record("exhausted")
                return
            }
            if let before = last[port] { #expect(turn - before > 90) }
            last[port] = turn
            pool.release(port, at: now)
        }
        #expect(last.count == 100)
    }

    /// 1 is the signalled address, others are strangers.
    @Test(arguments: [
        ("signalled", "1a 1a 1L 2r 1a"),
        ("behind a NAT", "2m 2a 2L 1r 3r"),
        ("stray first", "3m 1m 1a 1L 3r"),
        ("stray in between", "1a 3r 1a 3r 1L"),
        ("two strangers", "2m 3m 2m 2a 2L 3r"),
        ("refresh keeps what was learned", "2m 2a 2L ! 2a 3r 2a 2L 3r"),
        ("refresh prefers what was learned", "2m 2a 2L ! 3m 2m 3r 2a 2L"),
        ("moved by signalling", "2m 2a 2L !4 4a 4a 4L 2r"),
        ("window over", "2m + 2L 3r"),
        ("no learning", "- 2r 1a 2r 1a"),
    ])
    func addressesAreLearned(name: String, script: String) throws {
        var lock = SourceLock()
        var now = MonotonicInstant.zero
        lock.update(remote: endpoint(1), learns: true, window: .seconds(10), at: now)
        for step in script.split(separator: " ") {
            switch step.first {
            case "!":
                let remote = step.dropFirst().first?.wholeNumberValue ?? 1
                lock.update(remote: endpoint(remote), learns: true, window: .seconds(10), at: now)
            case "-": lock.update(remote: endpoint(1), learns: false, window: .seconds(10), at: now)
            case "+": now = now + .seconds(11)
            default:
                let source = endpoint(try #require(step.first?.wholeNumberValue))
                let verdict = lock.received(from: source, at: now)
                let letter =
                    switch verdict {
                    case .accepted: "a"
                    case .moved(let endpoint): endpoint == source ? "m" : "?"
                    case .locked(let endpoint): endpoint == source ? "L" : "?"
                    case .refused: "r"
                    }
                #expect(step.hasSuffix(letter), "\(name): \(step) gave \(letter)")
            }
        }
    }

    private func endpoint(_ number: Int) -> IPEndpoint {
        IPEndpoint(IPAddress(v4: UInt32(truncatingIfNeeded: number)), port: 4000)
    }
}

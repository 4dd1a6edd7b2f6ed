import Base
import Testing
import WANEmulation

/// One direction, and the packets that came out of it.
private struct Run {
    var direction: WANDirection
    var arrivals: [(number: Int, milliseconds: Double)] = []
    private var number = 0

    init(seed: UInt64 = 1, _ change: (inout WANConditions) -> Void) {
        var conditions = WANConditions()
        change(&conditions)
        direction = WANDirection(conditions, seed: seed)
    }

    static func at(_ milliseconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: Int64((milliseconds * 1e6).rounded()))
    }

    /// A packet that bears a number.
    mutating func send(at milliseconds: Double, length: Int = 100) {
        var packet = [UInt8](repeating: 0, count: length)
        for place in 0..<4 { packet[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
        number += 1
        receive(until: milliseconds)
        direction.enter(packet, at: Self.at(milliseconds))
    }

    mutating func change(at milliseconds: Double, _ change: (inout WANConditions) -> Void) {
        receive(until: milliseconds)
        var conditions = direction.conditions
        change(&conditions)
        direction.set(conditions, at: Self.at(milliseconds))
    }

    /// Goes from event to event, as a program does that sleeps in between.
    mutating func receive(until milliseconds: Double = .infinity) {
        while let next = direction.nextEvent, Double(next.nanoseconds) / 1e6 <= milliseconds {
            while let packet = direction.popArrival(at: next) {
                let number = (0..<4).reduce(0) { $0 | Int(packet[$1]) << (8 * $1) }
                arrivals.append((number, Double(next.nanoseconds) / 1e6))
            }
        }
    }

    /// 20 ms apart, as RTP is.
    mutating func sendMany(_ count: Int, interval: Double = 20) {
        for index in 0..<count { send(at: Double(index) * interval) }
        receive()
    }

    /// How long each packet was on its way, if all are sent 20 ms apart.
    var delays: [Double] { arrivals.map { $0.milliseconds - Double($0.number) * 20 } }
    var isInOrder: Bool { zip(arrivals, arrivals.dropFirst()).allSatisfy { $0.number < $1.number } }
}

struct WANDirectionTests {
    @Test func nothingHappens() {
        var run = Run { _ in }
        run.sendMany(100)
        #expect(run.delays.allSatisfy { $0 < 0.001 })
        #expect(run.direction.figures.departed == 100)
        #expect(run.direction.figures.departedBytes == 10_000)
    }

    @Test func delay() {
        var run = Run { $0.delay = .milliseconds(40) }
        run.sendMany(100)
        #expect(run.delays.count == 100)
        #expect(run.delays.allSatisfy { abs($0 - 40) < 0.001 })
    }

    /// Evenly distributed: as many in each fifth of the range, and none outside.
    @Test func jitter() {
        var run = Run { ($0.delay, $0.jitter) = (.milliseconds(40), .milliseconds(5)) }
        run.sendMany(10_000)
        #expect(run.delays.allSatisfy { (34.999...45.001).contains($0) })
        #expect(run.isInOrder)
        for fifth in 0..<5 {
            let range = (35 + Double(fifth) * 2)..<(37 + Double(fifth) * 2)
            #expect((1850...2150).contains(run.delays.count { range.contains($0) }))
        }
    }

    /// Packets that follow closely keep their order however much the delay varies.
    @Test func jitterKeepsOrder() {
        var run = Run { ($0.delay, $0.jitter) = (.milliseconds(40), .milliseconds(30)) }
        run.sendMany(5_000, interval: 1)
        #expect(run.isInOrder)
        #expect(run.arrivals.count == 5_000)
    }

    @Test(arguments: [0.01, 0.05, 0.5]) func loss(share: Double) {
        var run = Run { $0.loss = share }
        run.sendMany(20_000)
        let lost = Double(run.direction.figures.lost) / 20_000
        #expect(abs(lost - share) < 4 * (share * (1 - share) / 20_000).squareRoot())
        #expect(run.arrivals.count == 20_000 - run.direction.figures.lost)
    }

    /// With the same loss in all, several packets go in a row.
    @Test(arguments: [1.0, 4, 10]) func bursts(length: Double) {
        var run = Run { ($0.loss, $0.burst) = (0.05, length) }
        run.sendMany(100_000)
        let lost = Double(run.direction.figures.lost) / 100_000
        #expect((0.042...0.058).contains(lost))
        let rows = zip(run.arrivals, run.arrivals.dropFirst()).map { $1.number - $0.number - 1 }.filter { $0 > 0 }
        let mean = Double(rows.reduce(0, +)) / Double(rows.count)
        #expect(abs(mean - length) < length * 0.1)
    }

    @Test func everythingIsLost() {
        var run = Run { ($0.loss, $0.burst) = (1, 3) }
        run.sendMany(1_000)
        #expect(run.arrivals.isEmpty)
    }

    /// 1000 bytes take a millisecond at 8 Mbit/s; the delay comes after that.
    @Test func rate() {
        var run = Run { ($0.rate, $0.delay) = (8_000_000, .milliseconds(10)) }
        for _ in 0..<50 { run.send(at: 0, length: 1000) }
        run.receive()
        #expect(run.isInOrder)
        #expect(run.arrivals.count == 50)
        #expect(run.arrivals.allSatisfy { abs($0.milliseconds - Double($0.number + 11)) < 0.001 })
    }

    /// Who has been idle gets no more than the rate afterwards.
    @Test func idleTime() {
        var run = Run { $0.rate = 8_000_000 }
        run.send(at: 0, length: 1000)
        run.send(at: 100, length: 1000)
        run.send(at: 100, length: 1000)
        run.receive()
        #expect(run.arrivals.map { ($0.milliseconds * 1000).rounded() } == [1000, 101_000, 102_000])
    }

    @Test func queue() {
        var run = Run { ($0.rate, $0.queue) = (8_000_000, 10_000) }
        for _ in 0..<50 { run.send(at: 0, length: 1000) }
        #expect(run.direction.figures.dropped == 40)
        // There is a place again when one is through.
        run.send(at: 1.5, length: 1000)
        #expect(run.direction.figures.dropped == 40)
        run.receive()
        #expect(run.arrivals.map(\.number) == Array(0..<10) + [50])
    }

    /// What is on its way is limited too, where nothing else limits it.
    @Test func inFlight() {
        var run = Run { $0.delay = .seconds(60) }
        for _ in 0..<WANDirection.maximumInFlight + 10 { run.send(at: 0, length: 4) }
        #expect(run.direction.inFlight == WANDirection.maximumInFlight)
        #expect(run.direction.figures.dropped == 10)
    }

    @Test func reorder() {
        var run = Run { ($0.delay, $0.reorder, $0.hold) = (.milliseconds(40), 0.1, .milliseconds(50)) }
        run.sendMany(10_000)
        #expect(run.arrivals.count == 10_000)
        let held = run.delays.count { abs($0 - 90) < 0.001 }
        #expect((900...1100).contains(held))
        #expect(run.delays.count { abs($0 - 40) < 0.001 } == 10_000 - held)
        #expect(!run.isInOrder)
    }

    /// The same seed does the same, another one something else.
    @Test func seeds() {
        let numbers = [UInt64(5), 5, 6].map { seed in
            var run = Run(seed: seed) { ($0.loss, $0.jitter, $0.reorder) = (0.1, .milliseconds(3), 0.05) }
            run.sendMany(500)
            return run.arrivals.map { "\($0.number) \($0.milliseconds)" }
        }
        #expect(numbers[0] == numbers[1])
        #expect(numbers[0] != numbers[2])
    }

    // MARK: - Changes while it runs

    @Test func changedDelay() {
        var run = Run { $0.delay = .milliseconds(100) }
        run.send(at: 0)
        run.change(at: 10) { $0.delay = .milliseconds(20) }
        run.send(at: 10)
        run.send(at: 200)
        run.receive()
        // The second one does not overtake.
        #expect(run.arrivals.map { $0.milliseconds.rounded() } == [100, 100, 220])
        #expect(run.isInOrder)
    }

    /// A kilobyte takes 10 ms at first; after 15 ms half of the second one is through, and the rest goes ten times as fast.
    @Test func changedRate() {
        var run = Run { $0.rate = 800_000 }
        for _ in 0..<4 { run.send(at: 0, length: 1000) }
        run.change(at: 15) { $0.rate = 8_000_000 }
        run.receive()
        #expect(run.arrivals.map { ($0.milliseconds * 10).rounded() / 10 } == [10, 15.5, 16.5, 17.5])
    }

    @Test func noRateAnyMore() {
        var run = Run { $0.rate = 800 }
        for _ in 0..<4 { run.send(at: 0, length: 1000) }
        run.change(at: 15) { $0.rate = nil }
        run.receive()
        #expect(run.arrivals.map { $0.milliseconds.rounded() } == [15, 15, 15, 15])
        #expect(run.isInOrder)
    }
}

import Base
import RTP
import Testing

/// Reordering and playout.
@Suite struct JitterBufferTests {
    /// Inserts numbers, reads at `r`; outcomes: `-` buffering, `?` missing, a number for a frame, `L D R T` for inserts.
    static func run(_ script: String, _ configuration: JitterBuffer.Configuration) -> (log: String, target: Int) {
        var buffer = JitterBuffer(configuration)
        var log: [String] = []
        for step in script.split(separator: " ") {
            if step == "r" {
                var output = [UInt8](repeating: 0, count: 4)
                var span = output.mutableSpan
                switch buffer.read(into: &span) {
                case .frame(let frame):
                    let isIntact = frame.count == 1 && output[0] == UInt8(truncatingIfNeeded: frame.sequenceNumber)
                    log.append(isIntact ? "\(frame.sequenceNumber)" : "broken")
                case .missing: log.append("?")
                case .buffering: log.append("-")
                }
                continue
            }
            guard let sequence = UInt16(step) else { continue }
            let header = RTPHeader(payloadType: 0, sequenceNumber: sequence, timestamp: 0, ssrc: 1)
            switch buffer.insert(header, payload: [UInt8(truncatingIfNeeded: sequence)].span) {
            case .stored: break
            case .late: log.append("L")
            case .duplicate: log.append("D")
            case .tooLong: log.append("T")
            case .restarted: log.append("R")
            }
        }
        return (log.joined(separator: " "), buffer.targetDepth)
    }

    @Test(arguments: [
        ("fills, then plays", "r 1 r 2 r r r", "- - 1 2 -"),
        ("puts in order", "2 1 3 r r r", "1 2 3"),
        ("across the wrap", "65535 0 r 1 r r", "65535 0 1"),
        ("backwards across the wrap", "0 65535 r r", "65535 0"),
        ("conceals a loss", "1 3 r r r", "1 ? 3"),
        ("late after its turn", "1 3 r r 2 r", "1 ? L 3"),
        ("duplicates", "1 1 2 r r", "D 1 2"),
        ("underrun fills up again", "1 2 r r r 3 r 4 r r", "1 2 - - 3 4"),
        ("loss during an underrun is skipped", "1 2 r r r 6 7 r r", "1 2 - 6 7"),
        ("a late packet during an underrun still plays", "1 2 r r r 3 4 r r", "1 2 - 3 4"),
        ("what was played does not come again", "1 2 r r r 2 3 4 r r", "1 2 - L 3 4"),
        ("far away restarts", "1 2 r 5000 5001 r r", "1 R 5000 5001"),
        ("far back restarts", "5000 5001 r 1 2 r r", "5000 R 1 2"),
        ("too much is left out", "1 2 3 4 5 6 7 r r r", "2 4 5"),
    ])
    func playout(name: String, script: String, expected: String) {
        #expect(Self.run(script, .fixed(depth: 2)).log == expected, "\(name)")
    }

    /// What is given out after each packet (`.` for nothing), by a buffer that waits for a missing one until two later
    /// ones are there.
    @Test(arguments: [
        ("in order", "1 2 3", "1 2 3"),
        ("two change places", "1 3 2 4", "1 . 2,3 4"),
        ("late by two", "1 3 4 2 5", "1 . . 2,3,4 5"),
        ("later than that is lost", "1 3 4 5 2 6", "1 . . 3,4,5 . 6"),
        ("a loss is given up", "1 3 4 5", "1 . . 3,4,5"),
        ("twice", "1 1 2 2", "1 . 2 ."),
        ("across the wrap", "65535 1 0", "65535 . 0,1"),
        ("far away restarts", "1 5000 5001", "1 5000 5001"),
    ])
    func givesOutWhatArrived(name: String, script: String, expected: String) {
        var buffer = JitterBuffer(.fixed(depth: 4))
        var log: [String] = []
        for sequence in script.split(separator: " ").compactMap({ UInt16($0) }) {
            let header = RTPHeader(payloadType: 0, sequenceNumber: sequence, timestamp: 0, ssrc: 1)
            _ = buffer.insert(header, payload: [UInt8(truncatingIfNeeded: sequence)].span)
            var output = [UInt8](repeating: 0, count: 4)
            var span = output.mutableSpan
            var given: [String] = []
            while let frame = buffer.readArrived(into: &span, patience: 2) { given.append("\(frame.sequenceNumber)") }
            log.append(given.isEmpty ? "." : given.joined(separator: ","))
        }
        #expect(log.joined(separator: " ") == expected, "\(name)")
    }

    @Test func adaptsToLateness() {
        let configuration = JitterBuffer.Configuration(initialDepth: 1, minimumDepth: 1, maximumDepth: 3, calmFrames: 4)
        #expect(Self.run("1 r 3 r r 2", configuration).target == 2)
        #expect(Self.run("1 r 3 r r 2 5 r r 4 7 r r 6", configuration).target == 3)
        let calm = (10...40).map { "\($0) r" }.joined(separator: " ")
        #expect(Self.run("1 r 3 r r 2 " + calm, configuration).target == 1)
    }

    @Test func limits() {
        var buffer = JitterBuffer(.init(initialDepth: .max, maximumDepth: .max, maximumPayloadBytes: 10))
        let header = RTPHeader(payloadType: 0, sequenceNumber: 1, timestamp: 0, ssrc: 1)
        let outcome = buffer.insert(header, payload: [UInt8](repeating: 0, count: 11).span)
        #expect(outcome == .tooLong)
        #expect(buffer.depth == 0 && buffer.targetDepth == 64)
        let tiny = JitterBuffer(.init(initialDepth: .min, minimumDepth: .min, maximumDepth: .min))
        #expect(tiny.targetDepth == 1)
    }

    /// Shuffled, lost, doubled, jumping: frames come out in rising order between restarts, and nothing traps.
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func randomArrival(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var buffer = JitterBuffer()
        var output = [UInt8](repeating: 0, count: 2000)
        var next: UInt16 = 65_000
        var last: UInt16?
        var disorder = 0
        for _ in 0..<20_000 {
            switch UInt8.random(in: 0..<100, using: &generator) {
            case 0: next = .random(in: 0 ... .max, using: &generator)
            case 1..<10: next &+= 1
            default: break
            }
            let sequence = next &- UInt16.random(in: 0..<4, using: &generator)
            next &+= 1
            let header = RTPHeader(payloadType: 0, sequenceNumber: sequence, timestamp: 0, ssrc: 1)
            if buffer.insert(header, payload: output.span.extracting(0..<160)) == .restarted { last = nil }
            var span = output.mutableSpan
            if case .frame(let frame) = buffer.read(into: &span) {
                if let last, Int16(bitPattern: frame.sequenceNumber &- last) <= 0 { disorder += 1 }
                last = frame.sequenceNumber
            }
        }
        #expect(disorder == 0)
    }
}

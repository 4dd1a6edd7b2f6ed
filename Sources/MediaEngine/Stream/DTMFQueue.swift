import Base
import MediaDSP
import RTP

/// The keys that wait to be sent to a peer, and the one that is being sent.
struct DTMFQueue {
    /// What belongs into one packet time.
    enum Step {
        /// A telephone-event packet; `end` is where audio goes on when it is the event's last.
        case event(TelephoneEventGenerator.Packet, end: UInt32?)
        /// A frame of tones was written.
        case tone
        /// Nothing: the pause between two keys, or the end of them.
        case pause
    }

    private enum Item {
        case key(code: UInt8, milliseconds: Int)
        case pause(milliseconds: Int)
    }

    private enum State {
        case idle
        /// The generator counts in the events' clock from zero; the event began at this timestamp.
        case event(TelephoneEventGenerator, start: UInt32)
        case tone(ToneGenerator)
        case pause(left: Int)
    }

    /// The most keys that wait.
    static let limit = 128
    /// Keys must be apart for receivers that listen to tones (ITU-T Q.24: 40 ms and more).
    private static let gapMilliseconds = 100

    private var waiting: [Item] = []
    private var state = State.idle

    /// Whether anything is being sent or waits.
    var isActive: Bool {
        if case .idle = state { return !waiting.isEmpty }
        return true
    }

    /// Adds keys and pauses; unknown characters are ignored.
    mutating func append(_ digits: [UInt8], duration: Duration) {
        let milliseconds = min(max(Int(duration.wholeMilliseconds), 50), 10_000)
        for digit in digits where waiting.count < Self.limit {
            switch digit {
            case UInt8(ascii: "w"): waiting.append(.pause(milliseconds: 500))
            case UInt8(ascii: "W"): waiting.append(.pause(milliseconds: 1000))
            default:
                guard let code = TelephoneEvent.code(forDigit: Character(Unicode.Scalar(digit))) else { continue }
                waiting.append(.key(code: code, milliseconds: milliseconds))
            }
        }
    }

    /// What is to be sent in the next packet time.
    ///
    /// - Parameters:
    ///   - timestamp: gives the timestamp of an event that begins now.
    ///   - frame: where tones are written when telephone-events were not negotiated.
    mutating func next(
        _ format: StreamFormat,
        timestamp: () -> UInt32,
        frame: UnsafeMutableBufferPointer<Int16>
    ) -> Step {
        while true {
            switch state {
            case .idle:
                guard !waiting.isEmpty else { return .pause }
                begin(waiting.removeFirst(), format, timestamp)
            case .event(var generator, let start):
                guard var packet = generator.next() else {
                    state = .pause(left: Self.gapMilliseconds)
                    continue
                }
                state = .event(generator, start: start)
                packet.timestamp = start &+ format.ticks(ofEvent: packet.timestamp)
                let end = start &+ format.ticks(ofEvent: generator.endTimestamp)
                return .event(packet, end: generator.isFinished ? end : nil)
            case .tone(var generator):
                var output = frame.mutableSpan
                let count = generator.read(into: &output)
                guard count > 0 else {
                    state = .pause(left: Self.gapMilliseconds)
                    continue
                }
                for index in count..<frame.count { frame[index] = 0 }
                state = .tone(generator)
                return .tone
            case .pause(let left):
                guard left > 0 else {
                    state = .idle
                    continue
                }
                state = .pause(left: left - format.packetMilliseconds)
                return .pause
            }
        }
    }

    private mutating func begin(_ item: Item, _ format: StreamFormat, _ timestamp: () -> UInt32) {
        switch item {
        case .pause(let milliseconds):
            state = .pause(left: milliseconds)
        case .key(let code, let milliseconds):
            if format.eventSend != nil {
                let generator = TelephoneEventGenerator(
                    code: code,
                    durationTicks: UInt32(clamping: milliseconds * format.eventClockRate / 1000),
                    ticksPerPacket: UInt32(clamping: format.packetMilliseconds * format.eventClockRate / 1000),
                    timestamp: 0
                )
                state = .event(generator, start: timestamp())
            } else if let digit = TelephoneEvent.digit(forCode: code), let coding = format.coding,
                let script = ToneScript("d=\(milliseconds);w=0;\(digit)")
            {
                state = .tone(ToneGenerator(script, rate: coding.rate))
            }
        }
    }
}

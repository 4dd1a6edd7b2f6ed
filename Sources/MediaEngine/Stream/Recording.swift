import Base
import MediaDSP

/// What is heard on a stream on its way to a sink, in frames of one packet time.
///
/// The two directions arrive as packets come; a frame is taken of each at the same moment, which lines them up and
/// fills losses with silence. The queue between evens out jitter: after one frame came too late, it stays one deeper,
/// until for a second it has been deeper than it had to be.
package final class Recording {
    let id: RecordingID
    let options: RecordingOptions
    let sink: any AudioSink
    package var mode = RecordingMode.running
    private(set) var samples = 0
    private(set) var rate: Int
    private var received: Lane
    private var sent: Lane
    private var frames: UnsafeMutableBufferPointer<Int16>
    private var resamplers: (Resampler, Resampler)?
    private var milliseconds = 0
    private var silentMilliseconds = 0
    private var hasHeard = false

    private static let frameLimit = AudioCoding.maximumSamples * 6

    /// One direction's queue.
    private struct Lane {
        var queue: SampleFIFO
        /// The fewest samples that were left after a frame was taken, and for how many milliseconds this has been so.
        private var lowest = Int.max
        private var watched = 0

        private static let watchMilliseconds = 1000

        init(rate: Int) {
            queue = SampleFIFO(capacity: rate / 4)
        }

        mutating func take(into frame: UnsafeMutableBufferPointer<Int16>, milliseconds: Int) {
            _ = queue.take(into: frame)
            lowest = min(lowest, queue.count)
            watched += milliseconds
            guard watched >= Self.watchMilliseconds else { return }
            // What a burst left behind would keep this direction behind the other for ever.
            queue.drop(lowest - frame.count)
            (lowest, watched) = (.max, 0)
        }
    }

    package init(_ id: RecordingID, _ sink: any AudioSink, _ options: RecordingOptions, rate: Int) {
        (self.id, self.sink, self.options, self.rate) = (id, sink, options, rate)
        (received, sent) = (Lane(rate: rate), Lane(rate: rate))
        frames = .allocate(capacity: AudioCoding.maximumSamples * 2 + Self.frameLimit * 2)
        frames.initialize(repeating: 0)
        resamplers = Self.resamplers(from: rate, to: sink.rate)
    }

    deinit {
        frames.deallocate()
    }

    /// The stream has another rate from now on; what waits at the old one is left out.
    package func changeRate(to rate: Int) {
        guard rate != self.rate else { return }
        self.rate = rate
        (received, sent) = (Lane(rate: rate), Lane(rate: rate))
        resamplers = Self.resamplers(from: rate, to: sink.rate)
    }

    private static func resamplers(from rate: Int, to sinkRate: Int) -> (Resampler, Resampler)? {
        guard rate != sinkRate, let resampler = Resampler(from: rate, to: sinkRate) else { return nil }
        return (resampler, resampler)
    }

    package func append(received samples: UnsafeBufferPointer<Int16>) {
        if options.takesReceived { received.queue.append(samples) }
    }

    package func append(sent samples: UnsafeBufferPointer<Int16>) {
        if options.takesSent { sent.queue.append(samples) }
    }

    /// One packet time has passed; gives the reason when the recording is over by itself.
    package func advance(milliseconds step: Int) -> RecordingEnd? {
        let count = min(rate * step / 1000, AudioCoding.maximumSamples)
        let left = part(0, count)
        let right = part(AudioCoding.maximumSamples, count)
        received.take(into: left, milliseconds: step)
        sent.take(into: right, milliseconds: step)
        guard mode != .paused else { return nil }
        // Mixing changes what was heard.
        let level = options.silenceThreshold > 0 ? level(left, right) : 0
        if mode == .masked {
            left.update(repeating: 0)
            right.update(repeating: 0)
        }
        let outputs = part(AudioCoding.maximumSamples * 2, Self.frameLimit * 2)
        let written = combine(left, right, into: outputs)
        guard sink.write(UnsafeBufferPointer(rebasing: outputs[..<written])) else { return .failed }
        samples += written / max(sink.channels, 1)
        milliseconds += step
        return limitReached(level, step)
    }

    private func level(
        _ left: UnsafeMutableBufferPointer<Int16>,
        _ right: UnsafeMutableBufferPointer<Int16>
    ) -> Int {
        let received = Level.meanAmplitude(UnsafeBufferPointer(left).span)
        return options.hearsSent ? max(received, Level.meanAmplitude(UnsafeBufferPointer(right).span)) : received
    }

    private func part(_ offset: Int, _ count: Int) -> UnsafeMutableBufferPointer<Int16> {
        UnsafeMutableBufferPointer(rebasing: frames[offset..<(offset + count)])
    }

    /// Mixes, or interleaves, at the sink's rate; gives how many samples that made.
    private func combine(
        _ left: UnsafeMutableBufferPointer<Int16>,
        _ right: UnsafeMutableBufferPointer<Int16>,
        into output: UnsafeMutableBufferPointer<Int16>
    ) -> Int {
        if sink.channels == 1 {
            for index in left.indices { left[index] = Level.mix(left[index], right[index]) }
        }
        var leftOut = UnsafeMutableBufferPointer(rebasing: output[..<Self.frameLimit])
        guard sink.channels == 2 else { return resample(left, into: leftOut, first: true) }
        // Interleaving needs both directions side by side: they are resampled to the two halves first.
        leftOut = UnsafeMutableBufferPointer(rebasing: output[..<(Self.frameLimit / 2)])
        let rightOut = UnsafeMutableBufferPointer(rebasing: output[(Self.frameLimit / 2)..<Self.frameLimit])
        let count = min(resample(left, into: leftOut, first: true), resample(right, into: rightOut, first: false))
        let result = UnsafeMutableBufferPointer(rebasing: output[Self.frameLimit...])
        for index in 0..<min(count, Self.frameLimit / 2) {
            result[index * 2] = options.swapsChannels ? rightOut[index] : leftOut[index]
            result[index * 2 + 1] = options.swapsChannels ? leftOut[index] : rightOut[index]
        }
        for index in 0..<(count * 2) { output[index] = result[index] }
        return count * 2
    }

    private func resample(
        _ input: UnsafeMutableBufferPointer<Int16>,
        into output: UnsafeMutableBufferPointer<Int16>,
        first: Bool
    ) -> Int {
        guard resamplers != nil else {
            for index in input.indices { output[index] = input[index] }
            return input.count
        }
        var span = output.mutableSpan
        let samples = UnsafeBufferPointer(input).span
        return first
            ? resamplers?.0.process(samples, into: &span) ?? 0
            : resamplers?.1.process(samples, into: &span) ?? 0
    }

    private func limitReached(_ level: Int, _ step: Int) -> RecordingEnd? {
        if let limit = options.maximumDuration, milliseconds >= Int(limit.wholeMilliseconds) { return .maximumDuration }
        guard options.silenceThreshold > 0 else { return nil }
        let isSilent = level < options.silenceThreshold
        silentMilliseconds = isSilent ? silentMilliseconds + step : 0
        if !isSilent { hasHeard = true }
        let waitsForInput = !hasHeard && options.initialSilence != nil
        let limit = waitsForInput ? options.initialSilence : options.silenceDuration
        guard let limit, limit > .zero, silentMilliseconds >= Int(limit.wholeMilliseconds) else { return nil }
        return waitsForInput ? .noInput : .silence
    }
}

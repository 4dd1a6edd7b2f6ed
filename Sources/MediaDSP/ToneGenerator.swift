#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Plays a ``ToneScript`` as samples.
public struct ToneGenerator: Sendable {
    /// One sine wave by recurrence: each sample is the last one times a constant minus the one before.
    private struct Oscillator {
        var coefficient = 0.0
        var last = 0.0
        var before = 0.0
    }

    /// The rate of the samples in Hz.
    public let rate: Int
    private let script: ToneScript
    private var loopsLeft: Int
    private var index = 0
    private var repetition = 0
    private var offset = 0
    private var count = 0
    private var oscillators = InlineArray<8, Oscillator>(repeating: Oscillator())
    private var gain = 1.0

    /// A generator at `rate` Hz, at the script's beginning.
    public init(_ script: ToneScript, rate: Int) {
        (self.script, self.rate) = (script, max(rate, 1000))
        loopsLeft = script.milliseconds > 0 ? script.loops : 0
        begin()
    }

    /// Writes the next samples; fewer than asked for, or none, when the script is over.
    public mutating func read(into samples: inout MutableSpan<Int16>) -> Int {
        var written = 0
        while written < samples.count, loopsLeft != 0 {
            let element = script.elements[index]
            let on = length(element.onMilliseconds)
            let total = on + length(element.offMilliseconds)
            if offset < on {
                let end = min(on - offset, samples.count - written)
                sound(&samples, from: written, count: end, element)
                (written, offset) = (written + end, offset + end)
            } else if offset < total {
                let end = min(total - offset, samples.count - written)
                for position in written..<(written + end) { samples[position] = 0 }
                (written, offset) = (written + end, offset + end)
            } else {
                advance(past: element)
            }
        }
        return written
    }

    private func length(_ milliseconds: Int) -> Int {
        milliseconds * rate / 1000
    }

    private mutating func advance(past element: ToneScript.Element) {
        repetition += 1
        if repetition >= element.repetitions {
            (repetition, index) = (0, index + 1)
            if index == script.elements.count {
                index = 0
                if loopsLeft > 0 { loopsLeft -= 1 }
            }
        }
        begin()
    }

    private mutating func begin() {
        (offset, gain) = (0, 1)
        guard index < script.elements.count else { return }
        let element = script.elements[index]
        count = min(element.frequencies.count, 8)
        // A sine of 0 dBm0 is 3.14 dB below the loudest that the A-law can carry (ITU-T G.711 table 5).
        let amplitude = min(32_767 * pow(10, (element.level - 3.14) / 20), 32_767)
        for tone in 0..<count {
            let angle = 2 * .pi * element.frequencies[tone] / Double(rate)
            oscillators[tone] = Oscillator(
                coefficient: 2 * cos(angle),
                last: -sin(angle) * amplitude,
                before: -sin(2 * angle) * amplitude
            )
        }
    }

    private mutating func sound(
        _ samples: inout MutableSpan<Int16>,
        from start: Int,
        count length: Int,
        _ element: ToneScript.Element
    ) {
        let fadeSamples = self.length(element.fadeMilliseconds)
        let fade = fadeSamples > 0 ? pow(10, element.fadeStep / 20) : 1
        for position in 0..<length {
            var sum = 0.0
            for tone in 0..<count {
                let oscillator = oscillators[tone]
                let next = oscillator.coefficient * oscillator.last - oscillator.before
                oscillators[tone].before = oscillator.last
                oscillators[tone].last = next
                sum += next
            }
            if fadeSamples > 0, (offset + position) % fadeSamples == fadeSamples - 1 { gain = min(gain * fade, 64) }
            samples[start + position] = Int16(max(-32_768, min(32_767, (sum * gain).rounded())))
        }
    }
}

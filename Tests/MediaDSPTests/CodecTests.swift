import MediaDSP
import Testing

@Suite struct CodecTests {
    /// Reference points of ITU-T G.711, tables 1a to 2b: the ends and middles of segments.
    @Test func referenceCodes() {
        let mu: [(UInt8, Int16)] = [
            (0xFF, 0), (0x7F, 0), (0x80, 32124), (0x00, -32124), (0xEF, 132), (0x8F, 16764), (0xFE, 8), (0x7E, -8),
        ]
        for (code, sample) in mu { #expect(G711.decodeMu(code) == sample, "μ \(code)") }
        let a: [(UInt8, Int16)] = [(0xD5, 8), (0x55, -8), (0xAA, 32256), (0x2A, -32256), (0xC5, 264), (0x45, -264)]
        for (code, sample) in a { #expect(G711.decodeA(code) == sample, "A \(code)") }
    }

    @Test func everyCodeSurvivesARoundTrip() {
        for code in UInt8.min ... .max {
            let mu = G711.encodeMu(G711.decodeMu(code))
            // Negative zero of the μ-law is read as zero.
            #expect(mu == code || code == 0x7F)
            #expect(G711.encodeA(G711.decodeA(code)) == code)
        }
    }

    @Test func everySampleComesBackCloseBy() {
        var (worstMu, worstA) = (0.0, 0.0)
        for value in stride(from: Int(Int16.min), through: Int(Int16.max), by: 1) {
            let sample = Int16(value)
            let mu = abs(Int(G711.decodeMu(G711.encodeMu(sample))) - value)
            let a = abs(Int(G711.decodeA(G711.encodeA(sample))) - value)
            worstMu = max(worstMu, Double(mu) / Double(abs(value) + 132))
            worstA = max(worstA, Double(a) / Double(abs(value) + 264))
        }
        #expect(worstMu < 0.04)
        #expect(worstA < 0.04)
    }

    @Test(arguments: ["PCMU", "PCMA", "PCMU>PCMA", "PCMA>PCMU", "L16"])
    func tonesSurviveCodecs(path: String) throws {
        let tone = try samples("%(200,0,697,1209)", 1600)
        let output = path == "L16" ? throughLinear(tone) : throughCompanding(tone, path)
        #expect(DTMFTones.key(in: output.span, rate: 8000) == UInt8(ascii: "1"))
        #expect(abs(Level.meanAmplitude(output.span) - Level.meanAmplitude(tone.span)) < 400)
    }

    private func throughLinear(_ tone: [Int16]) -> [Int16] {
        var bytes = [UInt8](repeating: 0, count: tone.count * 2)
        var output = [Int16](repeating: 0, count: tone.count)
        var span = bytes.mutableSpan
        _ = LinearPCM.encode(tone.span, into: &span)
        var out = output.mutableSpan
        _ = LinearPCM.decode(bytes.span, into: &out)
        return output
    }

    private func throughCompanding(_ tone: [Int16], _ path: String) -> [Int16] {
        var codes = [UInt8](repeating: 0, count: tone.count)
        var output = [Int16](repeating: 0, count: tone.count)
        var span = codes.mutableSpan
        _ = path.hasPrefix("PCMU") ? G711.encodeMu(tone.span, into: &span) : G711.encodeA(tone.span, into: &span)
        if path == "PCMU>PCMA" { G711.convertMuToA(&span) }
        if path == "PCMA>PCMU" { G711.convertAToMu(&span) }
        var out = output.mutableSpan
        _ = path.hasSuffix("PCMU") ? G711.decodeMu(codes.span, into: &out) : G711.decodeA(codes.span, into: &out)
        return output
    }

    @Test(arguments: [(8000, 16_000), (16_000, 8000), (44_100, 8000), (11_025, 16_000), (48_000, 8000), (8000, 8001)])
    func resamplingKeepsToneAndLevel(from: Int, to: Int) throws {
        let input = try samples("%(1000,0,1013)", from, rate: from)
        var resampler = try #require(Resampler(from: from, to: to))
        var output: [Int16] = []
        // In blocks of odd sizes: they must join without a click.
        var start = 0
        while start < input.count {
            let end = min(start + 333, input.count)
            var block = [Int16](repeating: 0, count: resampler.maximumOutput(for: end - start))
            var span = block.mutableSpan
            let count = resampler.process(input.span.extracting(start..<end), into: &span)
            output += block[..<count]
            start = end
        }
        #expect(abs(output.count - to) <= 2)
        let steady = Array(output[(to / 10)...])
        #expect(Goertzel(frequency: 1013, rate: to).share(of: steady.span) > 0.98)
        #expect(abs(Level.meanAmplitude(steady.span) - Level.meanAmplitude(input.span)) < 200)
    }

    @Test func resamplingRemovesWhatWouldAlias() throws {
        let input = try samples("%(500,0,6000)", 8000, rate: 16_000)
        var resampler = try #require(Resampler(from: 16_000, to: 8000))
        var output = [Int16](repeating: 0, count: resampler.maximumOutput(for: input.count))
        var span = output.mutableSpan
        _ = resampler.process(input.span, into: &span)
        #expect(Level.meanAmplitude(output.span) < Level.meanAmplitude(input.span) / 50)
        #expect(Resampler(from: 0, to: 8000) == nil)
        #expect(Resampler(from: 8000, to: 1_000_000) == nil)
    }
}

/// The first samples of a script.
func samples(_ script: String, _ count: Int, rate: Int = 8000) throws -> [Int16] {
    var generator = ToneGenerator(try #require(ToneScript(script)), rate: rate)
    return read(&generator, count)
}

/// The next samples of a generator, fewer at its end.
func read(_ generator: inout ToneGenerator, _ count: Int) -> [Int16] {
    var output = [Int16](repeating: 0, count: count)
    var span = output.mutableSpan
    let written = generator.read(into: &span)
    return Array(output[..<written])
}

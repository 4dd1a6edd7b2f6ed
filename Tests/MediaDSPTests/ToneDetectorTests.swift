import MediaDSP
import Testing

/// Which sounds are the tone that is looked for, and how long they have to be.
struct ToneDetectorTests {
    private static func isHeard(_ frequencies: [Double], in script: String, rate: Int) throws -> Bool {
        var generator = ToneGenerator(try #require(ToneScript(script)), rate: rate)
        var detector = try #require(ToneDetector(frequencies: frequencies, rate: rate))
        var isHeard = false
        var frame = [Int16](repeating: 0, count: rate / 50)
        while true {
            var span = frame.mutableSpan
            let count = generator.read(into: &span)
            guard count > 0 else { return isHeard }
            if detector.process(frame.span.extracting(0..<count)) { isHeard = true }
        }
    }

    @Test(
        arguments: [
            ([1100], "%(500,0,1100)", 8000, true), ([1100], "%(500,0,1100)", 16_000, true),
            ([1100], "v=-30;%(500,0,1100)", 8000, true), ([1100], "%(60,0,1100)", 8000, true),
            ([1100], "%(20,0,1100)", 8000, false), ([1100], "%(500,0,1300)", 8000, false),
            ([1100], "%(500,0,550)", 8000, false), ([1100], "%(500,0,1100,1700)", 8000, false),
            ([350, 440], "%(500,0,350,440)", 8000, true), ([350, 440], "%(500,0,440,480)", 8000, false),
            ([1100], "%(25,25,1100);%(25,25,1100);%(25,25,1100);%(25,25,1100)", 8000, true),
        ] as [([Double], String, Int, Bool)]
    )
    func hears(_ frequencies: [Double], _ script: String, _ rate: Int, _ isHeard: Bool) throws {
        #expect(try Self.isHeard(frequencies, in: script, rate: rate) == isHeard)
    }

    @Test(
        arguments: [
            ([], 8000), ([0], 8000), ([-5], 8000), ([4000], 8000), ([.nan], 8000), ([440], 0),
            (Array(repeating: 440, count: ToneDetector.maximumFrequencies + 1), 8000),
        ] as [([Double], Int)]
    )
    func needsFrequencies(_ frequencies: [Double], _ rate: Int) {
        #expect(ToneDetector(frequencies: frequencies, rate: rate) == nil)
    }
}

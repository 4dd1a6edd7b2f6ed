import MediaDSP
import Testing

@Suite struct ToneTests {
    @Test(arguments: Array("0123456789*#ABCD"))
    func everyKeyIsRecognised(key: Character) throws {
        let ascii = try #require(key.asciiValue)
        let tone = try samples("d=50;w=0;\(key)", 400)
        #expect(DTMFTones.key(in: tone.span, rate: 8000) == ascii)
    }

    /// What is pressed is found once each, at usual rates, levels and speeds, also 1.5 % beside the tone.
    @Test(
        arguments: [
            ("d=40;w=40", 8000), ("d=100;w=50", 8000), ("d=60;w=60", 16_000), ("v=-20;d=80;w=80", 8000),
            ("d=250;w=40", 48_000),
        ]
    )
    func pressedKeysAreFound(how: String, rate: Int) throws {
        let keys = "0123456789*#ABCD55"
        var generator = ToneGenerator(try #require(ToneScript("\(how);\(keys)")), rate: rate)
        var detector = DTMFDetector(rate: rate)
        var found = ""
        var frame = [Int16](repeating: 0, count: rate / 50)
        var count = 1
        while count > 0 {
            var span = frame.mutableSpan
            count = generator.read(into: &span)
            for index in count..<frame.count { frame[index] = 0 }
            detector.process(frame.span) { found.append(Character(Unicode.Scalar($0.digit))) }
        }
        for _ in 0..<3 { detector.process(frame.span) { found.append(Character(Unicode.Scalar($0.digit))) } }
        #expect(found == keys)
    }

    @Test(arguments: [
        ("%(100,0,707.4,1227.1);%(100,0,0)", "1"), ("%(100,0,686.5,1190.9);%(100,0,0)", "1"),
        ("%(100,0,955.1,1657.5);%(100,0,0)", "D"), ("%(20,100,697,1209)", ""), ("%(100,100,440,480)", ""),
        ("%(100,100,697)", ""), ("%(100,100,697,770,1209)", ""), ("v=-45;%(100,100,697,1209)", ""),
        ("%(50,5,697,1209);%(50,100,697,1209)", "1"),
    ])
    func onlyKeysAreFound(script: String, expected: String) throws {
        var detector = DTMFDetector(rate: 8000)
        var found = ""
        let tone = try samples(script, 2400)
        detector.process(tone.span) { found.append(Character(Unicode.Scalar($0.digit))) }
        #expect(found == expected)
    }

    /// Noise of any level and melody are no keys.
    @Test func noiseIsNoKey() {
        var generator = SeededNoise(state: 1)
        var detector = DTMFDetector(rate: 8000)
        var found = 0
        for second in 0..<60 {
            let amplitude = 500 * (1 + second % 40)
            let noise = (0..<8000).map { _ in Int16(clamping: Int(generator.next()) * amplitude / 32_768) }
            detector.process(noise.span) { _ in found += 1 }
        }
        #expect(found == 0)
    }

    @Test(arguments: [
        ("silence at once", 0, "....!", 5), ("not yet", 0, "....", nil), ("speech first", 40, "....##....!", 11),
        ("interrupted", 0, "...#....!", 9), ("too little speech", 60, "##......", nil),
    ])
    func silenceIsWaitedFor(name: String, sound: Int, script: String, expected: Int?) {
        var detector = SilenceDetector(threshold: 200, silence: 100, sound: sound)
        let loud = [Int16](repeating: 1000, count: 160)
        var found: Int?
        for (index, step) in script.enumerated() {
            if step == "#" { detector.received(loud.span) }
            if detector.advance(milliseconds: 20), found == nil { found = index + 1 }
        }
        #expect(found == expected, "\(name)")
    }

    /// How far it has come is known at any time, in milliseconds of sound and of the silence after it.
    @Test(arguments: [("..", 0, 40), ("#.#.", 40, 20), ("..##", 40, 0)])
    func progressIsKnown(script: String, heard: Int, silent: Int) {
        var detector = SilenceDetector(threshold: 200, silence: 1000)
        let loud = [Int16](repeating: 1000, count: 160)
        for step in script {
            if step == "#" { detector.received(loud.span) }
            let isThere = detector.advance(milliseconds: 20)
            #expect(!isThere)
        }
        #expect(detector.heard == heard && detector.silent == silent)
    }

    /// `detect_audio`: sound without a pause; a packet that is late is no pause.
    @Test(arguments: [("###", 3), ("##-#", 4), ("##.##.###", 9), ("....", nil)] as [(String, Int?)])
    func soundIsWaitedFor(script: String, expected: Int?) {
        var detector = SilenceDetector(threshold: 200, silence: 0, sound: 60)
        let (loud, quiet) = ([Int16](repeating: 1000, count: 160), [Int16](repeating: 10, count: 160))
        var found: Int?
        for (index, step) in script.enumerated() {
            if step != "-" { detector.received(step == "#" ? loud.span : quiet.span) }
            if detector.advance(milliseconds: 20), found == nil { found = index + 1 }
        }
        #expect(found == expected)
    }

    @Test(arguments: ["%(100,0,440,480)", "%(100,0,697)", "%(100,0,1209)", "%(100,100)"])
    func otherSoundsAreNoKeys(script: String) throws {
        let tone = try samples(script, 400)
        #expect(DTMFTones.key(in: tone.span, rate: 8000) == nil)
    }

    struct Case: Sendable {
        var script: String
        var milliseconds: Int
        var elements: Int
        var loops: Int
    }

    @Test(arguments: [
        Case(script: "%(2000,4000,440,480)", milliseconds: 6000, elements: 1, loops: 1),
        Case(script: "%(2000,4000,440,480);loops=-1", milliseconds: 6000, elements: 1, loops: -1),
        Case(
            script: "v=-7;%(100,0,941.0,1477.0);v=-7;>=2;+=.1;%(1000,0,640)",
            milliseconds: 1100,
            elements: 2,
            loops: 1
        ),
        Case(script: "L=3;l=2;%(100,100,350,440);%(50,50,600)", milliseconds: 600, elements: 2, loops: 3),
        Case(script: "d=100;w=20;123", milliseconds: 360, elements: 3, loops: 1),
        Case(script: "l=10000;%(0,0,440);l=1;%(1,0,440)", milliseconds: 1, elements: 1, loops: 1),
        Case(script: "c=1;r=8000;5(100,50);loops=10", milliseconds: 150, elements: 1, loops: 10),
    ])
    func scriptsAreRead(test: Case) throws {
        let script = try #require(ToneScript(test.script))
        #expect(script.milliseconds == test.milliseconds)
        #expect(script.elements.count == test.elements)
        #expect(script.loops == test.loops)
    }

    @Test(arguments: [
        "", ";", "%(", "%(100", "%(1)", "%(a,b,c)", "%(100,100,nan)", "%(100,100,inf)", "%(-1,0,440)", "x=5",
        "loops=-1", "%(0,0,440);loops=-1", "q", "%(99999999999,0,440)", "%(1,1,1,2,3,4,5,6,7,8,9)",
        String(repeating: "1", count: 300), String(repeating: "%(1,1,440);", count: 1000),
    ])
    func nonsenseIsRefused(script: String) {
        #expect(ToneScript(script) == nil)
    }

    @Test func anyBytesAreReadOrRefused() {
        let alphabet = Array("%(),;=.-+<>vlLdwcr0159*#ABloops ")
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...24, using: &generator) {
                text.append(alphabet.randomElement(using: &generator) ?? "x")
            }
            guard let script = ToneScript(text) else { continue }
            var tone = ToneGenerator(script, rate: 8000)
            #expect(!read(&tone, 64).isEmpty)
        }
    }

    @Test func scriptPlaysItsLengthAndEnds() throws {
        var generator = ToneGenerator(try #require(ToneScript("L=2;%(100,50,440);%(10,0,1000)")), rate: 8000)
        var total = 0
        var quiet = 0
        while true {
            let frame = read(&generator, 160)
            guard !frame.isEmpty else { break }
            total += frame.count
            for sample in frame where sample == 0 { quiet += 1 }
        }
        #expect(total == 2 * 160 * 8)
        #expect(quiet >= 2 * 50 * 8)
    }

    @Test func fadingGetsQuieter() throws {
        let tone = try samples(">=10;+=1;%(400,0,640)", 3200)
        let early = Level.meanAmplitude(tone.span.extracting(..<400))
        let late = Level.meanAmplitude(tone.span.extracting(2800...))
        #expect(late * 10 < early)
    }
}

/// Noise that is the same in every run.
private struct SeededNoise {
    var state: UInt32

    mutating func next() -> Int16 {
        state = state &* 1_664_525 &+ 1_013_904_223
        return Int16(truncatingIfNeeded: state >> 16)
    }
}

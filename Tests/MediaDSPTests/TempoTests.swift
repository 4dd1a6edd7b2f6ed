import MediaDSP
import Testing

/// Sounds that are over sooner or later.
struct TempoTests {
    /// How many samples are heard of 1000, and that none is louder than they are.
    @Test(arguments: [(0, 1000), (1, 750), (2, 500), (-1, 1250), (-2, 1500)])
    func samplesAreLeftOutOrPutIn(_ speed: Int, _ count: Int) {
        var tempo = Tempo()
        tempo.change(to: speed)
        var heard: [Int16] = []
        for _ in 0..<1000 {
            tempo.take(1000)
            while !tempo.isHungry { heard.append(tempo.next()) }
        }
        #expect((count - 2...count + 2).contains(heard.count))
        #expect(heard.dropFirst(2).allSatisfy { $0 == 1000 })
    }
}

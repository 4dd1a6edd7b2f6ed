import MediaDSP
import Testing

/// Making samples louder and quieter.
struct LevelTests {
    @Test(
        arguments: [
            (Level.unity, [100, -100, 32_767, -32_768]), (0, [0, 0, 0, 0]),
            (Level.unity / 2, [50, -50, 16_383, -16_384]),
            (Level.unity * 2, [200, -200, 32_767, -32_768]), (Int32.max, [32_767, -32_768, 32_767, -32_768]),
        ] as [(Int32, [Int16])]
    )
    func scales(factor: Int32, expected: [Int16]) {
        var samples: [Int16] = [100, -100, 32_767, -32_768]
        var span = samples.mutableSpan
        Level.scale(&span, by: factor)
        #expect(samples == expected)
    }
}

/// The functions of arithmetic expressions that give random numbers.
///
/// Each keeps its seed in a variable (`&name`), so that the same seed gives the same numbers, those of FreeSWITCH.
enum ArithmeticDraw: String, Sendable {
    /// `rand(&seed)`: from zero up to, but not including, one.
    case rand
    /// `random(&seed, least, most)`: both ends are possible.
    case random
    /// `randomize(&seed)`: sets the seed to something that nobody knows; its value is 0.
    case randomize

    /// How many arguments stand behind the seed.
    var argumentCount: Int { self == .random ? 2 : 0 }

    /// The next number.
    func next(_ seed: inout Double, in range: [Double]) -> Double {
        switch self {
        case .rand: return Double(Self.step(&seed)) / 32_768
        case .random:
            guard let least = range.first, let most = range.last else { return 0 }
            return Double(Self.step(&seed)) / 32_767 * (most - least) + least
        case .randomize:
            seed = Double(UInt32.random(in: 1 ... .max))
            return 0
        }
    }

    /// Fifteen bits of a linear congruential generator.
    private static func step(_ seed: inout Double) -> Int64 {
        let next = (Int64(exactly: seed.rounded(.towardZero)) ?? 0) &* 214_013 &+ 2_531_011
        seed = Double(next)
        return next >> 16 & 0x7FFF
    }
}

import Base
import Testing

struct RefusalTallyTests {
    /// How many are told of when, of refusals at these seconds.
    @Test(
        arguments: [
            ([0], [1]), ([0, 1, 2, 59], [1]), ([0, 59, 60], [1, 2]), ([0, 1, 2, 60], [1, 3]),
            ([100, 300, 301, 400], [1, 1, 2]),
        ] as [([Int], [Int])]
    )
    func countsRefusals(_ seconds: [Int], _ told: [Int]) {
        let tally = RefusalTally()
        #expect(seconds.compactMap { tally.note(at: .zero + .seconds($0)) } == told)
    }
}

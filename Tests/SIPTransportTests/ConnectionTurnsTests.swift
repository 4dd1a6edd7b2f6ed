import SIPTransport
import Testing

struct ConnectionTurnsTests {
    /// It is everybody's turn before it is somebody's again, whatever comes and ends meanwhile.
    @Test func everybodyInTurn() {
        var turns = ConnectionTurns()
        for number in 1...10 { turns.add(UInt64(number)) }
        #expect(turns.take(4) == [1, 2, 3, 4])
        turns.add(11)
        for number: UInt64 in [2, 4, 6] { turns.remove(number) }
        #expect(turns.take(4) == [5, 7, 8, 9])
        #expect(turns.take(4) == [10, 11, 1, 3])
        turns.remove(12)
        #expect(turns.take(100) == [5, 7, 8, 9, 10, 11, 1, 3])
        for number in 1...11 { turns.remove(UInt64(number)) }
        #expect(turns.take(4).isEmpty)
        turns.add(12)
        #expect(turns.take(4) == [12])
    }
}

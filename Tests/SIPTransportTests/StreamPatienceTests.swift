import Base
import SIPTransport
import Testing

/// The table at the head of `StreamPatience`.
struct StreamPatienceTests {
    /// What happens on a connection, and the second in which it is given up.
    @Test(arguments: [
        ("accepted", 30), ("made", 7_200), ("accepted 10:message", 7_210), ("accepted 10:part", 30),
        ("accepted 10:message 20:part 25:part 49:part", 50), ("made 10:part 39:rest", 7_239),
        ("made 10:part 39:rest+part", 69), ("made 100:part 120:rest 7000:message", 14_200),
    ])
    func givesUpInTime(_ story: String, _ expected: Int) {
        let events = story.split(separator: " ")
        var patience = StreamPatience(StreamLimits(), isAccepted: events[0] == "accepted", at: .zero)
        for event in events.dropFirst() {
            let parts = event.split(separator: ":")
            let now = MonotonicInstant.zero + .seconds(Int64(parts[0]) ?? 0)
            #expect(!patience.isOver(at: now))
            patience.received(
                frames: parts[1] == "part" ? 0 : 1,
                isMidMessage: parts[1].hasSuffix("part"),
                at: now
            )
        }
        #expect(!patience.isOver(at: .zero + .milliseconds(Int64(expected) * 1000 - 1)))
        #expect(patience.isOver(at: .zero + .seconds(expected)))
    }
}

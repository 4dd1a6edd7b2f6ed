import Base
import FileReplication
import Testing

@testable import FileSync

/// Two connections between the same nodes: both sides keep the same one.
struct ConnectionChoiceTests {
    private static func choice(_ isOutgoing: Bool, at seconds: Int, instance: UInt64 = 1) -> ConnectionChoice {
        ConnectionChoice(isOutgoing: isOutgoing, instance: instance, began: .zero + .seconds(seconds))
    }

    /// Which one is there, whether the new one replaces it at the lesser node.
    @Test(arguments: [
        // Made at the same time: the one of the lesser node stays.
        (choice(true, at: 0), choice(false, at: 1), false), (choice(false, at: 0), choice(true, at: 1), true),
        // The same side calls again: it has lost the first one.
        (choice(false, at: 0), choice(false, at: 1), true), (choice(true, at: 0), choice(true, at: 1), true),
        // Nobody calls a peer that it has a connection to: the old one is dead.
        (choice(true, at: 0), choice(false, at: 11), true),
        // The peer has started anew.
        (choice(true, at: 0), choice(false, at: 1, instance: 2), true),
    ])
    func theLesserNodeDecides(old: ConnectionChoice, new: ConnectionChoice, replaces: Bool) {
        #expect(new.replaces(old, own: NodeID(1), peer: NodeID(2)) == replaces)
    }

    @Test func bothSidesKeepTheSameOneWhateverComesFirst() {
        for firstIsOutgoingAtOne in [true, false] {
            for (one, two) in [(true, true), (true, false), (false, true), (false, false)] {
                // Both connections, each outgoing at one node; both orders of arrival at both nodes.
                func kept(_ own: NodeID, _ peer: NodeID, _ isMineFirst: Bool) -> Bool {
                    let (old, new) = (Self.choice(isMineFirst, at: 0), Self.choice(!isMineFirst, at: 1))
                    return new.replaces(old, own: own, peer: peer) ? new.isOutgoing : old.isOutgoing
                }
                let keepsOwnAtOne = kept(NodeID(1), NodeID(2), one == firstIsOutgoingAtOne)
                let keepsOwnAtTwo = kept(NodeID(2), NodeID(1), two == firstIsOutgoingAtOne)
                #expect(keepsOwnAtOne && !keepsOwnAtTwo)
            }
        }
    }

    @Test func pausesBecomeLongerAndEnd() {
        var generator = SeededGenerator(seed: 1)
        var backOff = BackOff()
        let pauses = (0..<12).map { _ in backOff.next(using: &generator) }
        #expect(pauses[0] <= .milliseconds(125))
        #expect(zip(pauses, pauses.dropFirst()).prefix(5).allSatisfy { $0 < $1 })
        #expect(pauses.allSatisfy { $0 <= .milliseconds(12_500) } && pauses[11] >= .milliseconds(7500))
        backOff.reset()
        #expect(backOff.next(using: &generator) <= .milliseconds(125))
    }
}

import Base
import FileReplication

@testable import FileSync

/// Two sides of a connection in memory, and a clock that only the test moves.
struct Conversation {
    var left: PeerSession
    var right: PeerSession
    var now = MonotonicInstant.zero
    /// What each side has been told.
    var leftEvents: [PeerSession.Event] = []
    var rightEvents: [PeerSession.Event] = []
    /// The kinds of frames that went, those to the right positive.
    var frames: [(toRight: Bool, frame: PeerFrame)] = []

    init(left folders: [String] = ["a", "b"], right others: [String] = ["b", "c"]) {
        left = PeerSession(own: Self.hello("left", 1, folders), expected: "right", now: now)
        right = PeerSession(own: Self.hello("right", 2, others), expected: "left", now: now)
    }

    static func hello(_ name: String, _ instance: UInt64, _ folders: [String]) -> PeerHello {
        PeerHello(name: name, instance: instance, folders: folders)
    }

    /// Hands over all that may go now.
    mutating func exchange() throws(PeerFault) {
        while true {
            let count = frames.count
            while case .frame(let frame) = left.next(now: now) {
                frames.append((true, frame))
                try right.received(frame.bytes, now: now)
            }
            while case .frame(let frame) = right.next(now: now) {
                frames.append((false, frame))
                try left.received(frame.bytes, now: now)
            }
            leftEvents += left.popEvents()
            rightEvents += right.popEvents()
            if frames.count == count { return }
        }
    }

    /// The texts of the messages that the right side got, in order.
    var received: [[UInt8]] {
        rightEvents.compactMap { event in
            guard case .message(_, let message) = event else { return nil }
            return message.bytes
        }
    }
}

extension PeerFrame {
    /// Head and payload.
    var bytes: [UInt8] { head + payload }
}

extension OutgoingMessage {
    init(_ lane: SendLane, count: Int, byte: UInt8 = 7) {
        self.init(lane: lane, isPacked: false, bytes: Array(repeating: byte, count: count))
    }
}

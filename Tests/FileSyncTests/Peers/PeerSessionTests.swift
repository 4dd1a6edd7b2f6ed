import Base
import FileReplication
import Testing

@testable import FileSync

/// What two nodes say to each other, without a network.
struct PeerSessionTests {
    @Test func onlyFoldersThatBothHaveAreShared() throws {
        var talk = Conversation(left: ["a", "b"], right: ["b", "c"])
        try talk.exchange()
        guard case .opened(let hello, let folders) = talk.leftEvents.first else {
            Issue.record("the left side did not open")
            return
        }
        #expect(hello.name == "right")
        #expect(folders == [1: "b"])
        // Nothing goes of a folder that is not shared.
        talk.left.send(OutgoingMessage(.news, count: 3), folder: 0)
        talk.left.send(OutgoingMessage(.news, count: 4), folder: 1)
        try talk.exchange()
        #expect(talk.received.map(\.count) == [4])
    }

    /// What somebody may say who has the right certificate and means no good, and why the connection ends.
    static let hostile: [(String, [PeerFrame], PeerFault)] = {
        func hello(_ change: (inout PeerHello) -> Void) -> PeerFrame {
            var hello = Conversation.hello("left", 9, ["b", "other"])
            change(&hello)
            return PeerFrame(.hello, hello.encoded[...])
        }
        let good = hello { _ in }
        func number(_ value: UInt64) -> ArraySlice<UInt8> {
            var writer = ByteWriter()
            writer.number(value)
            return writer.bytes[...]
        }
        let part = PeerFrame(.message, folder: 0, Array(repeating: 0, count: PeerFrame.maximumPayload)[...])
        return [
            ("other words", [PeerFrame(.hello, Array("tandemXY\u{1}\u{1}".utf8)[...])], .notThisProtocol),
            ("an empty hello", [PeerFrame(.hello)], .notThisProtocol),
            (
                "a newer version only", [hello { ($0.oldest, $0.newest) = (7, 9) }],
                .noCommonVersion(oldest: 7, newest: 9)
            ),
            (
                "an older version only", [hello { ($0.oldest, $0.newest) = (0, 0) }],
                .noCommonVersion(oldest: 0, newest: 0)
            ),
            ("another's name", [hello { $0.name = "c\n3" }], .wrongName(said: "c?3", expected: "left")),
            ("a hello that breaks off", [PeerFrame(.hello, good.payload.dropLast(3))], .malformed(.tooShort)),
            ("a folder twice", [hello { $0.folders = ["b", "b"] }], .malformed(.wrongOrder)),
            (
                "too many folders", [hello { $0.folders = (0...256).map { "f\($0)" } }], .malformed(.tooMany)
            ),
            (
                "a folder's name without end", [hello { $0.folders = [String(repeating: "x", count: 65)] }],
                .malformed(.tooMany)
            ),
            ("a hello of this node", [hello { $0.instance = 2 }], .isOwn),
            ("two of them", [good, good], .unexpectedFrame(1)),
            ("files before the hello", [PeerFrame(.message, flags: .last, [1])], .unexpectedFrame(2)),
            ("a question before the hello", [PeerFrame(.ping)], .unexpectedFrame(5)),
            (
                "a folder that was not given", [good, PeerFrame(.message, flags: .last, folder: 1, [1])],
                .folderNotGranted
            ),
            (
                "a folder that there is not", [good, PeerFrame(.message, flags: .last, folder: 9, [1])],
                .folderNotGranted
            ),
            ("a part with nothing", [good, PeerFrame(.message, folder: 0)], .malformed(.wrongValue)),
            (
                "a lane that there is not", [good, PeerFrame(.message, flags: .init(rawValue: 0x30), [1])],
                .malformed(.wrongValue)
            ),
            ("a message without end", [good] + Array(repeating: part, count: 65), .messageTooLong),
            ("room that it was not asked for", [good, PeerFrame(.credit, folder: 0, number(1))], .creditExceeded),
            (
                "all the room there is", [good, PeerFrame(.credit, folder: 0, number(.max))], .creditExceeded
            ),
            (
                "room for a folder that there is not", [good, PeerFrame(.credit, folder: 77, number(1))],
                .creditExceeded
            ),
            ("limits for others", [good, PeerFrame(.rates, [1, 0])], .malformed(.wrongValue)),
            ("limits without end", [good, PeerFrame(.rates, number(100_000))], .malformed(.tooMany)),
            ("a question with something in it", [good, PeerFrame(.ping, [1])], .malformed(.tooLong)),
            (
                "a farewell with a line end", [good, PeerFrame(.goodbye, Array("a\nERROR b\u{1B}[31m".utf8)[...])],
                .told("a?ERROR b?[31m")
            ),
        ]
    }()

    @Test(arguments: hostile.indices)
    func whatMayNotBeSaidEndsTheConnection(index: Int) throws {
        let (what, frames, fault) = Self.hostile[index]
        var talk = Conversation(left: ["b"], right: ["b", "c"])
        var found: PeerFault?
        for frame in frames {
            do throws(PeerFault) {
                try talk.right.received(frame.bytes, now: talk.now)
            } catch {
                found = error
                break
            }
        }
        #expect(found == fault, "\(what)")
        #expect(fault.description.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(what)")
    }

    @Test func whoTakesNothingInIsNotSentMoreThanTheWindow() throws {
        var talk = Conversation(left: ["b"], right: ["b"])
        try talk.exchange()
        for _ in 0..<8 { talk.left.send(OutgoingMessage(.large, count: ReplicaMessage.maximumLength), folder: 0) }
        try talk.exchange()
        let sent = talk.frames.filter { $0.frame.kind == .message }.reduce(0) { $0 + $1.frame.cost }
        #expect(sent <= PeerSession.window && sent > PeerSession.window - PeerFrame.maximumPayload - 1)
        let before = talk.received.count
        // What has been dealt with makes room for as much.
        talk.right.consumed(ReplicaMessage.maximumLength, folder: 0)
        try talk.exchange()
        #expect(talk.received.count == before + 1)
    }

    @Test func manySmallMessagesDoNotFillTheMemoryEither() throws {
        var talk = Conversation(left: ["b"], right: ["b"])
        try talk.exchange()
        let most = PeerSession.window / PeerFrame.costOfOne
        var fault: PeerFault?
        for _ in 0...most where fault == nil {
            do throws(PeerFault) {
                try talk.right.received(PeerFrame(.message, flags: .last, folder: 0, [1]).bytes, now: talk.now)
            } catch {
                fault = error
            }
        }
        #expect(fault == .creditExceeded)
    }

    @Test func newsAndSmallContentsOvertakeLargeOnes() throws {
        var talk = Conversation(left: ["b"], right: ["b"])
        try talk.exchange()
        talk.left.send(OutgoingMessage(.large, count: 3 << 20, byte: 3), folder: 0)
        // The large one has begun.
        guard case .frame(let first) = talk.left.next(now: talk.now) else {
            Issue.record("nothing goes")
            return
        }
        try talk.right.received(first.bytes, now: talk.now)
        talk.left.send(OutgoingMessage(.small, count: 50_000, byte: 2), folder: 0)
        talk.left.send(OutgoingMessage(.news, count: 100, byte: 1), folder: 0)
        try talk.exchange()
        #expect(talk.received.map { $0.first } == [1, 2, 3])
    }

    @Test func aLargeMessageIsNotStarvedBySmallOnes() throws {
        var talk = Conversation(left: ["b"], right: ["b"])
        try talk.exchange()
        talk.left.send(OutgoingMessage(.large, count: 100_000, byte: 3), folder: 0)
        for _ in 0..<1000 { talk.left.send(OutgoingMessage(.news, count: 10, byte: 1), folder: 0) }
        try talk.exchange()
        let place = try #require(talk.received.firstIndex { $0.first == 3 })
        // It has two frames.
        #expect(place == 2 * SendLane.news.weight)
    }

    @Test func foldersTakeTurns() throws {
        var talk = Conversation(left: ["a", "b"], right: ["a", "b"])
        try talk.exchange()
        for folder in 0...1 {
            for _ in 0..<3 { talk.left.send(OutgoingMessage(.large, count: 10, byte: UInt8(folder)), folder: folder) }
        }
        try talk.exchange()
        #expect(talk.received.map { $0.first } == [0, 1, 0, 1, 0, 1])
    }

    // MARK: - Time

    @Test func whoDoesNotIntroduceItselfInTimeIsLeft() {
        var session = PeerSession(own: Conversation.hello("a", 1, []), expected: "b", now: .zero)
        #expect(session.nextDeadline == MonotonicInstant.zero + PeerSession.helloPatience)
        #expect(throws: Never.self) { try session.tick(now: MonotonicInstant.zero + .milliseconds(9999)) }
        #expect(throws: PeerFault.noHello) { try session.tick(now: session.nextDeadline) }
    }

    @Test func aQuietPeerIsAskedAndADeadOneIsLeft() throws {
        var talk = Conversation()
        try talk.exchange()
        // As long as both answer it goes on.
        for _ in 0..<100 {
            talk.now = min(talk.left.nextDeadline, talk.right.nextDeadline)
            try talk.left.tick(now: talk.now)
            try talk.right.tick(now: talk.now)
            talk.now = talk.now + .milliseconds(40)
            try talk.exchange()
        }
        #expect(talk.left.roundTrip != nil || talk.right.roundTrip != nil)
        let end = talk.now
        var asked = 0
        var fault: PeerFault?
        while fault == nil {
            talk.now = talk.left.nextDeadline
            do throws(PeerFault) { try talk.left.tick(now: talk.now) } catch { fault = error }
            while case .frame(let frame) = talk.left.next(now: talk.now) { asked += frame.kind == .ping ? 1 : 0 }
        }
        #expect(fault == .silent)
        #expect(talk.now - end == PeerSession.patience)
        #expect(asked == 3)
    }
}

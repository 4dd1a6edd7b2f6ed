import Base
import FileReplication
import Testing

@testable import FileSync

/// Bandwidth limits, by a simulated clock.
struct LimitTests {
    /// How many bytes go in a while, whatever there is to send.
    private func sent(_ talk: inout Conversation, in time: Duration) throws -> Int {
        let end = talk.now + time
        var count = 0
        while talk.now < end {
            switch talk.left.next(now: talk.now) {
            case .frame(let frame):
                count += frame.wireCount
                try talk.right.received(frame.bytes, now: talk.now)
                for case .message(let folder, let message) in talk.right.popEvents() {
                    talk.right.consumed(message.cost, folder: folder)
                }
                while case .frame(let answer) = talk.right.next(now: talk.now) {
                    try talk.left.received(answer.bytes, now: talk.now)
                }
            case .wait(let deadline): talk.now = min(deadline, end)
            case .nothing: return count
            }
        }
        return count
    }

    private func busy() throws -> Conversation {
        var talk = Conversation(left: ["a", "b"], right: ["a", "b"])
        try talk.exchange()
        for folder in 0...1 {
            for _ in 0..<20 { talk.left.send(OutgoingMessage(.large, count: 2 << 20), folder: folder) }
        }
        return talk
    }

    private let rate = ByteRate(bytes: 500_000)

    @Test func noMoreGoesThanTheSenderMay() throws {
        var talk = try busy()
        talk.left.limit(LinkRates(send: rate), [:], now: talk.now)
        let count = try sent(&talk, in: .seconds(10))
        #expect((4_800_000...5_100_000).contains(count))
    }

    @Test func noMoreComesThanTheReceiverWants() throws {
        var talk = try busy()
        talk.right.limit(LinkRates(receive: rate), [:], now: talk.now)
        try talk.left.received(try #require(frame(of: &talk.right)).bytes, now: talk.now)
        let count = try sent(&talk, in: .seconds(10))
        #expect((4_800_000...5_100_000).contains(count))
    }

    private func frame(of session: inout PeerSession) -> PeerFrame? {
        guard case .frame(let frame) = session.next(now: .zero) else { return nil }
        return frame
    }

    @Test func aLimitOfOneFolderIsNotOneOfTheOther() throws {
        var talk = try busy()
        talk.left.limit(LinkRates(), ["a": LinkRates(send: rate)], now: talk.now)
        // All of the other one goes at once.
        let count = try sent(&talk, in: .seconds(2))
        #expect((42_800_000...43_200_000).contains(count))
    }

    @Test func aLimitThatChangesCountsAtOnce() throws {
        var talk = try busy()
        talk.left.limit(LinkRates(send: rate), [:], now: talk.now)
        _ = try sent(&talk, in: .seconds(4))
        talk.left.limit(LinkRates(send: ByteRate(bytes: 5_000_000)), [:], now: talk.now)
        let count = try sent(&talk, in: .seconds(4))
        #expect((19_000_000...21_000_000).contains(count))
        talk.left.limit(LinkRates(), [:], now: talk.now)
        // What is left goes without a moment passing.
        let before = talk.now
        #expect(try sent(&talk, in: .seconds(1)) > 50_000_000)
        #expect(talk.now == before)
    }

    @Test func newsDoNotWaitLongBehindContents() throws {
        var talk = try busy()
        talk.left.limit(LinkRates(send: ByteRate(bytes: 100_000)), [:], now: talk.now)
        _ = try sent(&talk, in: .seconds(3))
        let asked = talk.now
        talk.left.send(OutgoingMessage(.news, count: 100, byte: 1), folder: 0)
        var lane: UInt8?
        while lane != SendLane.news.rawValue {
            switch talk.left.next(now: talk.now) {
            case .frame(let frame): lane = frame.flags.rawValue >> PeerFrame.Flags.laneShift
            case .wait(let deadline): talk.now = deadline
            case .nothing: lane = SendLane.news.rawValue
            }
        }
        #expect(talk.now - asked <= .milliseconds(120))
    }
}

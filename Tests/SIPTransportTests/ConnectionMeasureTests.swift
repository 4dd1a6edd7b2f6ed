import Base
import SIP
import SIPTransport
import Testing

/// What the kernel tells of connections.
@Suite(.timeLimit(.minutes(1))) struct ConnectionMeasureTests {
    private static let message =
        "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=\(Inbox.branch)\r\nContent-Length: 0\r\n\r\n"

    private func send(_ count: Int, from left: Station, to right: Station, over flow: SIPFlow) async throws {
        for _ in 0..<count {
            try await left.send(Self.message, over: flow)
            // One after the other, or the kernel puts several into a segment.
            _ = try #require(await right.inbox.message())
        }
    }

    @Test func tellsWhatWasSent() async throws {
        let (left, right) = (try await Station(.loopbackV4), try await Station(.loopbackV4))
        let target = right.endpoint
        let flow = try #require(try await left.perform { $0.flow(to: target, over: .tcp) })
        try await send(2, from: left, to: right, over: flow)
        let few = await left.listener.measureConnections()
        #expect(few.map(\.remote) == [.loopbackV4])
        #expect(few.allSatisfy { $0.milliseconds > 0 && $0.loss == nil })
        // Nothing was sent since.
        #expect(await left.listener.measureConnections().isEmpty)
        try await send(40, from: left, to: right, over: flow)
        #expect(await left.listener.measureConnections().map(\.loss) == [0])
        await left.listener.close()
        await right.listener.close()
        #expect(await left.listener.measureConnections().isEmpty)
    }
}

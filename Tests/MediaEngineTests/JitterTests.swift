import Base
import MediaEngine
import RTP
import Testing

/// Packets that wait, so that they go on evenly.
@Suite(.timeLimit(.minutes(1))) struct JitterTests {
    private static let options = JitterOptions(milliseconds: 60, maximumMilliseconds: 200, delaysBridges: true)

    /// Two phones that hear each other, the first delayed; its packets come in this order and arrive in another.
    private func bridged(
        _ options: JitterOptions?,
        _ body: (_ send: (UInt16) -> Void, _ second: PacketPhone, _ left: MediaStream) async throws -> Void
    ) async throws {
        let engine = try makeEngine()
        let (first, second) = (PacketPhone(ssrc: 7), PacketPhone(ssrc: 9))
        let left = try engine.openStream(on: .loopbackV4)
        let right = try engine.openStream(on: .loopbackV4, near: left)
        left.setJitterBuffer(options)
        left.bridge(to: right)
        await left.connect(to: first)
        await right.connect(to: second)
        let send: (UInt16) -> Void = { number in
            let header = RTPHeader(
                payloadType: 0,
                sequenceNumber: number,
                timestamp: UInt32(number) * 160,
                ssrc: 7
            )
            let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 160)
            first.send(PacketPhone.packet(header, payload), to: left.localEndpoint)
        }
        try await body(send, second, left)
        await engine.shutdown()
    }

    /// Nothing goes on before the buffer is full, then all does, in the order in which it was sent.
    @Test func putsInOrder() async throws {
        try await bridged(Self.options) { send, second, _ in
            send(10)
            send(12)
            second.setTimeout(milliseconds: 1)
            #expect(second.receive() == nil)
            second.setTimeout(milliseconds: 5000)
            send(11)
            for number in 10...12 { #expect(second.receive()?.payload.first == UInt8(number)) }
        }
    }

    /// Without a buffer, while it is paused, and in bridges where it is for something else, packets go on as they come.
    @Test(arguments: [nil, true, false] as [Bool?])
    func goesOnAtOnce(_ isPaused: Bool?) async throws {
        var options = isPaused.map { _ in Self.options }
        options?.isPaused = isPaused == true
        if isPaused == false { options?.delaysBridges = false }
        try await bridged(options) { send, second, _ in
            for number in [10, 12, 11] as [UInt16] {
                send(number)
                #expect(second.receive()?.payload.first == UInt8(number))
            }
        }
    }

    /// What waits when the buffer is taken away is not waited for.
    @Test func isTakenAway() async throws {
        try await bridged(Self.options) { send, second, left in
            send(10)
            while await left.statistics().packetsReceived == 0 { await Task.yield() }
            left.setJitterBuffer(nil)
            _ = await left.statistics()
            send(11)
            #expect(second.receive()?.payload.first == 11)
        }
    }

    /// An echo comes from what has waited.
    @Test func delaysWhatIsEchoed() async throws {
        let engine = try makeEngine()
        let phone = PacketPhone()
        let stream = try engine.openStream(on: .loopbackV4)
        await stream.connect(to: phone)
        stream.setEcho(.immediate)
        stream.setJitterBuffer(JitterOptions(milliseconds: 40, maximumMilliseconds: 40))
        _ = await stream.statistics()
        phone.sendAudio([1, 1], to: stream.localEndpoint)
        #expect(await stream.statistics().packetsSent == 0)
        phone.sendAudio([2, 2], to: stream.localEndpoint)
        #expect(phone.receive()?.payload == [1, 1])
        #expect(phone.receive()?.payload == [2, 2])
        await engine.shutdown()
    }
}

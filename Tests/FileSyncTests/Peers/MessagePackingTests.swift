import Testing

@testable import FileReplication
@testable import FileSync

/// Messages on their way.
struct MessagePackingTests {
    private func sent(_ message: ReplicaMessage, isPossible: Bool = true) -> OutgoingMessage {
        var packing = MessagePacking()
        return packing.pack(message, isPossible: isPossible)
    }

    private func incoming(_ outgoing: OutgoingMessage) -> IncomingMessage {
        IncomingMessage(isPacked: outgoing.isPacked, bytes: outgoing.bytes)
    }

    private func data(_ count: Int, _ byte: (Int) -> UInt8) -> ReplicaMessage {
        .data([ReplicaMessage.ContentPiece(id: 5, bytes: (0..<count).map(byte))])
    }

    @Test func whatIsPackedComesOutAsItWas() throws {
        let message = data(100_000) { UInt8($0 / 1000) }
        let outgoing = sent(message)
        #expect(outgoing.isPacked && outgoing.bytes.count < 10_000)
        #expect(try incoming(outgoing).message() == message)
        let plain = sent(message, isPossible: false)
        #expect(!plain.isPacked)
        #expect(try incoming(plain).message() == message)
    }

    @Test func contentsGoIntoTheLaneOfTheirLength() {
        #expect(sent(data(1000) { UInt8(truncatingIfNeeded: $0 &* 167) }).lane == .small)
        #expect(sent(data(100_000) { UInt8($0 / 1000) }).lane == .large)
        #expect(sent(.refused([1])).lane == .news)
    }

    /// Packed bytes that are none, and those that would become more than they say.
    @Test(arguments: [
        [], [0], [200, 1], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        [0x80, 0x80, 0x80, 0x04, 1, 2, 3], [100, 0x28, 0xB5, 0x2F, 0xFD, 0, 0, 0],
    ])
    func badPackingIsRefused(bytes: [UInt8]) {
        #expect(throws: PeerFault.self) { try IncomingMessage(isPacked: true, bytes: bytes).message() }
    }

    @Test func aMessageThatUnpacksToMoreThanItSaysIsRefused() throws {
        let outgoing = sent(data(100_000) { _ in 0 })
        var reader = ByteReader(outgoing.bytes)
        let count = try reader.number()
        let packed = Array(try reader.raw(reader.remaining))
        for wrong in [count - 1, count + 1, 1] {
            var writer = ByteWriter()
            writer.number(wrong)
            writer.raw(packed)
            #expect(throws: PeerFault.malformed(.wrongValue)) {
                try IncomingMessage(isPacked: true, bytes: writer.bytes).message()
            }
        }
    }
}

import Testing

@testable import FileSync

/// Frames out of bytes in pieces of any size.
struct FrameReaderTests {
    @Test(arguments: [1, 3, 7, 8, 9, 100_000])
    func framesComeOutWhateverThePieces(size: Int) throws {
        let frames = [
            PeerFrame(.ping), PeerFrame(.message, flags: .last, folder: 300, [1, 2, 3]),
            PeerFrame(.message, folder: 2, Array(repeating: 9, count: PeerFrame.maximumPayload)[...]),
            PeerFrame(.goodbye, [65]),
        ]
        let bytes = frames.flatMap(\.bytes)
        var reader = FrameReader()
        var found: [PeerFrame] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            reader.append(bytes[start..<min(start + size, bytes.count)])
            while let frame = try reader.next() { found.append(frame) }
        }
        #expect(found.map(\.bytes) == frames.map(\.bytes))
    }

    @Test(arguments: [
        ([2, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], PeerFault.frameTooLong(4_294_967_295)),
        ([2, 0, 0, 0, 0, 0, 0xFF, 0xF9], .frameTooLong(65_529)),
        ([0, 0, 0, 0, 0, 0, 0, 0], .unexpectedFrame(0)),
        ([99, 0, 0, 0, 0, 0, 0, 0], .unexpectedFrame(99)),
        (Array("GET / HT".utf8), .unexpectedFrame(71)),
    ])
    func aHeadThatCannotBeIsRefusedBeforeAnythingIsKept(bytes: [UInt8], fault: PeerFault) {
        var reader = FrameReader()
        reader.append(bytes)
        #expect(throws: fault) { try reader.next() }
    }
}

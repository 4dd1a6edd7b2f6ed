import Base
import Testing

@testable import Cache

struct BinaryReplyReaderTests {
    /// One frame of a server's.
    private static func frame(
        _ opcode: UInt8,
        status: UInt16 = 0,
        extras: [UInt8] = [],
        key: String = "",
        value: [UInt8] = [],
        mark: UInt32 = 0,
        number: UInt64 = 0
    ) -> [UInt8] {
        var bytes: [UInt8] = [0x81, opcode]
        bytes.append(bigEndian: UInt16(key.utf8.count))
        bytes += [UInt8(extras.count), 0]
        bytes.append(bigEndian: status)
        bytes.append(bigEndian: UInt32(extras.count + key.utf8.count + value.count))
        bytes.append(bigEndian: mark)
        bytes.append(bigEndian: number)
        return bytes + extras + Array(key.utf8) + value
    }

    private static func found(_ key: String, _ value: String, flags: UInt8 = 0, mark: UInt32 = 0) -> [UInt8] {
        frame(0x0D, extras: [0, 0, 0, flags], key: key, value: Array(value.utf8), mark: mark, number: 17)
    }

    private static let end = frame(0x0A)

    private static func text(_ opcode: UInt8, _ status: UInt16, _ text: String) -> [UInt8] {
        frame(opcode, status: status, value: Array(text.utf8))
    }

    /// What comes, and the replies in it; in one piece, and byte for byte.
    @Test(
        arguments: [
            (frame(0x01, number: 5), [.outcome(.stored)]),
            (
                frame(0x04) + frame(0x1C) + frame(0x08) + frame(0x21),
                [.deleted, .touched, .ok, .ok].map { .outcome($0) }
            ),
            (end, [.items([])]),
            (frame(0x0D, status: 1) + end, [.items([])]),
            (
                found("a", "x\r\n", flags: 9) + end + found("b", "", mark: 1) + end,
                [
                    .items([MemcachedItem(key: "a", flags: 9, value: Array("x\r\n".utf8))]),
                    .items([MemcachedItem(key: "b", flags: 0, value: [], unique: 17)]),
                ]
            ),
            (
                frame(0x10, key: "pid", value: [0x31]) + frame(0x10),
                [.statistics([MemcachedStatistic(name: "pid", value: "1")])]
            ),
            (frame(0x0B, value: Array("1.6.18".utf8)), [.version("1.6.18")]),
            (frame(0x05, value: [0, 0, 0, 0, 0, 0, 1, 2]), [.number(258)]),
            (frame(0x05, value: [UInt8](repeating: 255, count: 8)), [.number(.max)]),
            (
                text(0x02, 2, "x") + text(0x03, 1, "x") + text(0x01, 5, "x"),
                [.notStored, .notStored, .notStored].map { .outcome($0) }
            ),
            (
                text(0x04, 1, "x") + text(0x06, 1, "x") + text(0x01, 2, "x"),
                [.notFound, .notFound, .exists].map { .outcome($0) }
            ),
            (text(0x01, 3, "x"), [.outcome(.serverError("object too large for cache"))]),
            (text(0x05, 6, "no"), [.outcome(.clientError("no"))]),
            (
                text(0x21, 0x20, "Auth failure.") + text(0x21, 0x21, ""),
                [.clientError("Auth failure."), .clientError("")].map { .outcome($0) }
            ),
            (
                text(0x21, 0x81, "x") + text(0x01, 0x82, "no memory"),
                [.unknownCommand, .serverError("no memory")].map { .outcome($0) }
            ),
            // Who is not let in hears no end; a thing that cannot be told has one.
            (text(0x0D, 0x20, "who?"), [.outcome(.clientError("who?"))]),
            (found("a", "x") + text(0x0D, 0x82, "no") + end + end, [.outcome(.serverError("no")), .items([])]),
            (text(0x10, 0x81, "x") + frame(0x10), [.outcome(.unknownCommand), .statistics([])]),
        ] as [([UInt8], [MemcachedReply])]
    )
    private func reads(bytes: [UInt8], replies: [MemcachedReply]) throws {
        for size in [bytes.count, 1, 7] {
            var reader = BinaryReplyReader()
            #expect(try reader.replies(in: bytes, pieces: size) == replies)
        }
    }

    @Test(
        arguments: [
            ([0x80], .malformed), (Array("ERROR\r\n".utf8), .malformed), (frame(0x77), .malformed),
            (frame(0x05, value: [1]), .malformed), (frame(0x0D, extras: [0, 0], key: "a"), .malformed),
            (frame(0x0D, extras: [0, 0, 0, 0]), .malformed), (found("a", "x") + frame(0x01), .malformed),
            (found("a", "x") + frame(0x10), .malformed), (frame(0x10, key: "a") + end, .malformed),
            (frame(0x10, key: "a") + found("a", "x"), .malformed),
            // A key that is longer than all of it; a value and a key that are too long.
            ([0x81, 0x01, 0, 9, 0, 0, 0, 0, 0, 0, 0, 8] + [UInt8](repeating: 0, count: 12), .malformed),
            ([0x81, 0x01, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255] + [UInt8](repeating: 0, count: 12), .tooLong),
            ([0x81, 0x01, 255, 255, 0, 0, 0, 0, 0, 1, 0, 0] + [UInt8](repeating: 0, count: 12), .tooLong),
            ((0...ReplyReader.countLimit).flatMap { _ in found("a", "") }, .tooLong),
            ((0...ReplyReader.countLimit).flatMap { _ in frame(0x10, key: "a") }, .tooLong),
        ] as [([UInt8], ReplyReader.Fault)]
    )
    private func refuses(bytes: [UInt8], fault: ReplyReader.Fault) {
        var reader = BinaryReplyReader()
        reader.take(bytes)
        #expect(throws: fault) {
            while try reader.next() != nil {}
        }
    }

    /// What is sent: opcode, extras, key, value, and the mark.
    @Test(
        arguments: [
            (.delete("ab"), [0x80, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2] + zeros(12) + [97, 98]),
            (
                .store(.add, .init(key: "k", flags: 7, value: [65]), seconds: 9),
                [0x80, 2, 0, 1, 8, 0, 0, 0, 0, 0, 0, 10] + zeros(12) + [0, 0, 0, 7, 0, 0, 0, 9, 107, 65]
            ),
            (
                .store(.set, .init(key: "k", flags: 0, value: []), seconds: -1),
                [0x80, 1, 0, 1, 8, 0, 0, 0, 0, 0, 0, 9] + zeros(12) + [0, 0, 0, 0, 0, 0x27, 0x8D, 1, 107]
            ),
            (
                .getNumbered(["k"]),
                [0x80, 0x0D, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1] + zeros(8) + [107] + [0x80, 0x0A] + zeros(22)
            ),
            (
                .increment("n", by: 258),
                [0x80, 5, 0, 1, 20, 0, 0, 0, 0, 0, 0, 21] + zeros(12) + [0, 0, 0, 0, 0, 0, 1, 2] + zeros(8)
                    + [255, 255, 255, 255, 110]
            ),
            (.flush(seconds: 0), [0x80, 8] + zeros(22)),
            (.flush(seconds: 5), [0x80, 8, 0, 0, 4, 0, 0, 0, 0, 0, 0, 4] + zeros(12) + [0, 0, 0, 5]),
        ] as [(MemcachedCommand, [UInt8])]
    )
    private func writes(command: MemcachedCommand, bytes: [UInt8]) {
        #expect(WireProtocol.binary.bytes(of: command) == bytes)
    }

    @Test func saysWhoItIs() throws {
        let who = try #require(MemcachedCredentials("joe:secret"))
        let bytes = WireProtocol.binary.bytes(of: .authenticate(who))
        #expect(bytes.dropFirst(24).elementsEqual("PLAIN\0joe\0secret".utf8))
        #expect(bytes.prefix(12) == [0x80, 0x21, 0, 5, 0, 0, 0, 0, 0, 0, 0, 16])
    }

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}

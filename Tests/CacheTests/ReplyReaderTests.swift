import Testing

@testable import Cache

struct ReplyReaderTests {
    private static func item(_ key: String, _ value: String, flags: UInt32 = 0) -> MemcachedItem {
        MemcachedItem(key: key, flags: flags, value: Array(value.utf8))
    }

    /// What comes, and the replies in it; in one piece, and byte for byte.
    @Test(
        arguments: [
            ("STORED\r\n", [.outcome(.stored)]),
            (
                "NOT_STORED\r\nEXISTS\r\nNOT_FOUND\r\nDELETED\r\nTOUCHED\r\nOK\r\nERROR\r\n",
                [
                    .outcome(.notStored), .outcome(.exists), .outcome(.notFound), .outcome(.deleted),
                    .outcome(.touched),
                    .outcome(.ok), .outcome(.unknownCommand),
                ]
            ),
            ("END\r\n", [.items([])]),
            ("VALUE a 0 3\r\nx\r\n\r\nEND\r\n", [.items([item("a", "x\r\n")])]),
            ("VALUE a 0 0\r\n\r\nEND\r\n", [.items([item("a", "")])]),
            (
                "VALUE a 0 3\r\nEND\r\nVALUE b 4294967295 1 17\r\ny\r\nEND\r\n42\r\n",
                [
                    .items([item("a", "END"), MemcachedItem(key: "b", flags: .max, value: [121], unique: 17)]),
                    .number(42),
                ]
            ),
            (
                "STAT pid 1\r\nSTAT version 1.6 x\r\nEND\r\n",
                [
                    .statistics([.init(name: "pid", value: "1"), .init(name: "version", value: "1.6 x")])
                ]
            ),
            (
                "SERVER_ERROR out of memory storing object\r\nCLIENT_ERROR bad\r\n",
                [
                    .outcome(.serverError("out of memory storing object")), .outcome(.clientError("bad")),
                ]
            ),
            ("VERSION 1.6.18\n18446744073709551615\n", [.version("1.6.18"), .number(.max)]),
        ] as [(String, [MemcachedReply])]
    )
    private func reads(text: String, replies: [MemcachedReply]) throws {
        for size in [text.utf8.count, 1, 3] {
            var reader = ReplyReader()
            #expect(try reader.replies(in: Array(text.utf8), pieces: size) == replies)
        }
    }

    @Test(
        arguments: [
            ("\r\n", .malformed), ("HELLO\r\n", .malformed), ("-1\r\n", .malformed), ("12 x\r\n", .malformed),
            ("VALUE a 0\r\n", .malformed), ("VALUE a 0 -1\r\n", .malformed), ("VALUE a x 1\r\n", .malformed),
            ("VALUE a 4294967296 1\r\n", .malformed), ("VALUE a 0 2\r\nabc\r\n", .malformed),
            ("VALUE a 0 1\r\nx\r\nSTORED\r\n", .malformed), ("STAT\r\n", .malformed),
            ("VALUE a 0 9223372036854775807\r\n", .tooLong), ("VALUE a 0 \(ReplyReader.valueLimit + 1)\r\n", .tooLong),
            (String(repeating: "x", count: ReplyReader.lineLimit + 1), .tooLong),
            (String(repeating: "x", count: ReplyReader.lineLimit + 1) + "\r\n", .tooLong),
            (String(repeating: "STAT a b\r\n", count: ReplyReader.countLimit + 1), .tooLong),
        ] as [(String, ReplyReader.Fault)]
    )
    private func refuses(text: String, fault: ReplyReader.Fault) {
        var reader = ReplyReader()
        reader.take(text.utf8)
        #expect(throws: fault) {
            while try reader.next() != nil {}
        }
    }

    @Test(
        arguments: [(" 7", 7), (" 18446744073709551615", .max), (" x", nil), (" -1", nil), ("", nil)]
            as [(String, UInt64?)]
    )
    private func readsNumbers(text: String, number: UInt64?) throws {
        var reader = ReplyReader()
        reader.take("VALUE a 0 1\(text)\r\nx\r\nEND\r\n".utf8)
        #expect(try reader.next() == .items([MemcachedItem(key: "a", flags: 0, value: [120], unique: number)]))
    }

    @Test func waitsForTheRestOfAValue() throws {
        var reader = ReplyReader()
        reader.take("VALUE a 0 4\r\nab".utf8)
        #expect(try reader.next() == nil)
        reader.take("cd\r".utf8)
        #expect(try reader.next() == nil)
        reader.take("\nEND\r\n".utf8)
        #expect(try reader.next() == .items([Self.item("a", "abcd")]))
    }

    /// What is sent, and what must not be.
    @Test(
        arguments: [
            (.get(["a", "b"]), "get a b\r\n"), (.delete("a"), "delete a\r\n"),
            (.store(.add, .init(key: "k", flags: 7, value: [65]), seconds: 9), "add k 7 9 1\r\nA\r\n"),
            (.getNumbered(["a", "b"]), "gets a b\r\n"), (.getNumbered([]), nil), (.getNumbered(["a b"]), nil),
            (.increment("n", by: 2), "incr n 2\r\n"), (.decrement("n", by: 3), "decr n 3\r\n"),
            (.flush(seconds: 0), "flush_all\r\n"), (.flush(seconds: 5), "flush_all 5\r\n"),
            (.statistics, "stats\r\n"), (.version, "version\r\n"), (.get([]), nil), (.get(["a b"]), nil),
            (.get(["a\r\nflush_all"]), nil), (.delete(""), nil), (.delete(String(repeating: "x", count: 251)), nil),
            (.store(.set, .init(key: "k", flags: 0, value: []), seconds: -2), nil),
        ] as [(MemcachedCommand, String?)]
    )
    private func writes(command: MemcachedCommand, text: String?) {
        #expect((command.isSound ? String(decoding: command.bytes, as: UTF8.self) : nil) == text)
    }
}

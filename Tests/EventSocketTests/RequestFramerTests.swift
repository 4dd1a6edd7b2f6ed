import EventSocket
import Testing

/// Streams and the requests that are in them.
struct RequestFramerTests {
    @Test(
        arguments: [
            ("auth x\n\n", ["auth x"]),
            ("auth x\r\n\r\n", ["auth x"]),
            ("\n\r\n\nauth x\n\n", ["auth x"]),
            ("api a\n\napi b\n\n", ["api a", "api b"]),
            ("api a\n", []),
            (
                "sendmsg u\ncall-command: hangup\nHangup-Cause:USER_BUSY\n\n",
                ["sendmsg u|call-command=hangup|Hangup-Cause=USER_BUSY"]
            ),
            ("sendevent X\nContent-Length: 5\n\na\n\nbc", ["sendevent X|Content-Length=5|body=a\n\nbc"]),
            ("sendevent X\ncontent-length: 2\n\nabapi c\n\n", ["sendevent X|content-length=2|body=ab", "api c"]),
            ("sendevent X\nContent-Length: 5\n\nabcd", []),
            ("x\nno header here\nA: b\n\n", ["x|A=b"]),
            ("x\nContent-Length: 3\nContent-Length: 3\n\nabc", ["x|Content-Length=3|Content-Length=3|body=abc"]),
        ] as [(String, [String])]
    )
    func requests(_ stream: String, _ wanted: [String]) throws {
        #expect(try Self.read(Array(stream.utf8), chunk: .max) == wanted)
        // However the network cuts it.
        for chunk in [1, 2, 3, 7] { #expect(try Self.read(Array(stream.utf8), chunk: chunk) == wanted) }
    }

    @Test(
        arguments: [
            ("x\nContent-Length: -1\n\n", RequestFramer.Fault.badLength),
            ("x\nContent-Length: 1x\n\n", .badLength),
            ("x\nContent-Length: \n\n", .badLength),
            ("x\nContent-Length: 99999999999999999999\n\n", .badLength),
            ("x\nContent-Length: 1\nContent-Length: 2\n\n", .badLength),
            ("x\nContent-Length: 999999999\n\n", .bodyTooLong),
            (String(repeating: "x", count: 2 << 20), .headersTooLong),
            ("x\n" + String(repeating: "a: b\n", count: 5000), .headersTooLong),
        ]
    )
    func faults(_ stream: String, _ fault: RequestFramer.Fault) {
        #expect(throws: fault) { try Self.read(Array(stream.utf8), chunk: 65_536) }
    }

    @Test(
        arguments: [
            ("auth x\nContent-Length: 1\n\n", RequestFramer.Fault.bodyTooLong),
            (String(repeating: "x", count: 5000), .headersTooLong),
        ]
    )
    func strangersGetLess(_ stream: String, _ fault: RequestFramer.Fault) {
        #expect(throws: fault) { try Self.read(Array(stream.utf8), chunk: 512, limits: .stranger) }
    }

    /// A long conversation does not pile up what was read.
    @Test func forgetsWhatWasRead() throws {
        var framer = RequestFramer()
        for number in 0..<10_000 {
            framer.append(Array("api echo \(number)\n\n".utf8))
            #expect(try framer.next(within: .client)?.argument == "echo \(number)")
            #expect(framer.pendingBytes == 0)
        }
    }

    private static func read(
        _ stream: [UInt8],
        chunk: Int,
        limits: RequestFramer.Limits = .client
    ) throws -> [String] {
        var framer = RequestFramer()
        var found: [String] = []
        var rest = stream[...]
        while !rest.isEmpty {
            framer.append(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
            while let request = try framer.next(within: limits) {
                let headers = request.headers.map { "|\($0.name)=\($0.value)" }.joined()
                found.append(request.line + headers + (request.body.map { "|body=\($0)" } ?? ""))
            }
        }
        return found
    }
}

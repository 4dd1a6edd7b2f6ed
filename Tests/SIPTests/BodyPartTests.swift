import Base
import SIP
import Testing

/// Bodies that consist of parts (RFC 2046 §5.1), and what hostile ones come to.
struct BodyPartTests {
    /// The parts of a body: `type=octets` each.
    private static func parts(_ type: String, _ body: String, _ headers: [String] = []) throws -> [String] {
        let lines =
            [
                "INVITE sip:b@h SIP/2.0", "Via: SIP/2.0/UDP h;branch=z9hG4bK1", "From: <sip:a@h>;tag=1",
                "To: <sip:b@h>",
                "Call-ID: 1", "CSeq: 1 INVITE", "Content-Type: \(type)", "Content-Length: \(body.utf8.count)",
            ] + headers + ["", body]
        let message = try SIPMessage(parsing: Array(lines.joined(separator: "\r\n").utf8))
        return message.bodyParts.map { part in
            (part.isPlain ? "" : "packed ") + (part.isOptional ? "optional " : "")
                + "\(part.contentType)=\(String(decoding: part.bytes, as: UTF8.self))"
        }
    }

    private static let mixed = "multipart/mixed;boundary=b"

    @Test(arguments: [
        ("application/sdp", "v=0", ["application/sdp=v=0"]),
        ("application/sdp", "", []),
        (mixed, "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n", ["application/sdp=v=0"]),
        ("Multipart/Mixed; x=y; boundary=\"b\"", "--b\r\nc: a/b\r\n\r\nx\r\n--b--", ["a/b=x"]),
        // Preamble, epilogue, a part without headers, one with blank lines at its end, LF alone.
        (
            mixed,
            "pre\r\n--b\r\n\r\nplain\r\n--b  \r\nContent-Type: a/b\r\n\r\nx\r\n\r\n\r\n--b--\r\nepi\r\n--b\r\n\r\nno",
            ["text/plain=plain", "a/b=x\r\n\r\n"]
        ),
        (mixed, "--b\nContent-Type: a/b\n\nx\n--b--\n", ["a/b=x"]),
        // A boundary is a whole line.
        (mixed, "--b\r\n\r\n--bb\r\n x --b\r\n--b--", ["text/plain=--bb\r\n x --b"]),
        (
            mixed,
            "--b\r\nContent-Type: a/b\r\nContent-Disposition: signal;handling=optional\r\n\r\nx\r\n"
                + "--b\r\nContent-Type: c/d\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n--b--",
            ["optional a/b=x", "packed c/d=eA=="]
        ),
        (
            "multipart/alternative;boundary=b",
            "--b\r\nContent-Type: a/b\r\n\r\n1\r\n--b\r\nContent-Type: c/d\r\n\r\n2\r\n--b--",
            ["c/d=2", "a/b=1"]
        ),
        (
            mixed,
            "--b\r\nContent-Type: multipart/mixed;boundary=in\r\n\r\n--in\r\nContent-Type: a/b\r\n\r\nx\r\n--in--\r\n--b--",
            ["a/b=x"]
        ),
        // The end is missing; there is no boundary, no part, nothing between delimiters.
        (mixed, "--b\r\nContent-Type: a/b\r\n\r\nx", ["a/b=x"]),
        ("multipart/mixed", "--b\r\n\r\nx\r\n--b--", []),
        ("multipart/mixed;boundary=\"\"", "--\r\n\r\nx\r\n----", []),
        (mixed, "--b--\r\n", []),
        (mixed, "nothing", []),
        (mixed, "--b\r\n--b\r\n--b--", ["text/plain=", "text/plain="]),
        (mixed, "--b\r\n--b", ["text/plain=", "text/plain="]),
    ])
    func parts(type: String, body: String, expected: [String]) throws {
        #expect(try Self.parts(type, body) == expected)
    }

    @Test func packedBodies() throws {
        #expect(try Self.parts("a/b", "x", ["Content-Encoding: gzip"]) == ["packed a/b=x"])
        let body = "--b\r\n\r\nx\r\n--b--"
        #expect(try Self.parts(Self.mixed, body, ["Content-Encoding: gzip"]) == ["packed \(Self.mixed)=\(body)"])
        #expect(try Self.parts("a/b", "x", ["Content-Encoding: identity"]) == ["a/b=x"])
    }

    /// However many parts there are, side by side or inside each other, few are looked at.
    @Test func limits() throws {
        let part = "--b\r\n\r\nx\r\n"
        #expect(try Self.parts(Self.mixed, String(repeating: part, count: 5_000)).count == SIPLimits.bodyParts)
        let deep = String(repeating: "--b\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n", count: 1_000)
        #expect(try Self.parts(Self.mixed, deep).count <= SIPLimits.bodyParts)
        var nested = "x"
        for level in 0...SIPLimits.bodyDepth {
            let type = level == 0 ? "a/b" : "multipart/mixed;boundary=b\(level - 1)"
            nested = "--b\(level)\r\nContent-Type: \(type)\r\n\r\n\(nested)\r\n--b\(level)--"
        }
        let type = "multipart/mixed;boundary=b\(SIPLimits.bodyDepth)"
        #expect(try Self.parts(type, nested) == [])
        #expect(try Self.parts("multipart/mixed;boundary=b0", "--b0\r\n\r\nx\r\n--b0--") == ["text/plain=x"])
    }
}

import Testing

@testable import HTTPTransport

struct CookieTests {
    private static let now: Int64 = 1_000_000

    /// What a server at `http://www.example.com/a/b` sets, and what goes to another URL then.
    @Test(
        arguments: [
            ("a=1", "http://www.example.com/a/c", "a=1"), ("a=1", "http://www.example.com/b", nil),
            ("a=1; Path=/", "http://www.example.com/b", "a=1"), ("a=1", "http://example.com/a/", nil),
            ("a=1; Domain=example.com", "http://x.example.com/a/", "a=1"),
            ("a=1; Domain=.EXAMPLE.com; Path=/", "http://example.com/", "a=1"),
            ("a=1; Domain=com; Path=/", "http://www.example.com/", nil),
            ("a=1; Domain=other.com; Path=/", "http://www.example.com/", nil),
            ("a=1; Secure", "http://www.example.com/a/", nil), ("a=1; Secure", "https://www.example.com/a/", "a=1"),
            ("a=1; Max-Age=10", "http://www.example.com/a/", "a=1"),
            ("a=1; Max-Age=0", "http://www.example.com/a/", nil),
            ("a=1; Max-Age=9223372036854775807", "http://www.example.com/a/", "a=1"),
            ("a=1; Expires=Sun, 06 Nov 1994 08:49:37 GMT", "http://www.example.com/a/", "a=1"),
            ("a=1; Expires=Thu, 01 Jan 1970 00:00:10 GMT", "http://www.example.com/a/", nil),
            ("a=1; Path=/a", "http://www.example.com/ab", nil), ("a=1; Path=/a", "http://www.example.com/a?b", "a=1"),
            ("=1", "http://www.example.com/a/", nil), ("a", "http://www.example.com/a/", nil),
            ("a=1\t2", "http://www.example.com/a/", nil), ("a=1; Path=/\u{1}", "http://www.example.com/", nil),
            ("a=; HttpOnly", "http://www.example.com/a/", "a="),
        ]
    ) func goesWhereItBelongs(setting: String, url: String, expected: String?) throws {
        let jar = CookieJar(now: { Self.now })
        jar.take([setting], from: try HTTPURL("http://www.example.com/a/b"))
        #expect(jar.header(for: try HTTPURL(url)) == expected)
    }

    @Test func laterOnesReplaceEarlierOnes() throws {
        let url = try HTTPURL("http://a.example/x/y")
        let jar = CookieJar(now: { Self.now })
        jar.take(["a=1; Path=/", "a=2", "b=3"], from: url)
        #expect(jar.header(for: url) == "a=2; b=3; a=1")
        jar.take(["a=4", "b=; Max-Age=-1"], from: url)
        #expect(jar.header(for: url) == "a=4; a=1")
        jar.take((0..<500).map { "c\($0)=1" }, from: url)
        #expect(jar.header(for: url)?.split(separator: ";").count == CookieJar.limit)
        jar.take(["long=" + String(repeating: "x", count: 5000)], from: url)
        #expect(jar.header(for: url)?.contains("long") == false)
    }

    @Test func outlivesTheProgramInAFile() throws {
        let url = try HTTPURL("https://a.example/x")
        let jar = CookieJar(now: { Self.now })
        jar.take(["a=1; Secure; Max-Age=60; Domain=a.example", "b=2"], from: url)
        #expect(
            jar.text == """
                # Netscape HTTP Cookie File
                .a.example\tTRUE\t/\tTRUE\t1000060\ta\t1
                a.example\tFALSE\t/\tFALSE\t0\tb\t2\n
                """
        )
        #expect(CookieJar(jar.text, now: { Self.now }).header(for: url) == "a=1; b=2")
        #expect(CookieJar(jar.text, now: { Self.now + 100 }).header(for: url) == "b=2")
        let other = "# a comment\n#HttpOnly_a.example\tFALSE\t/\tFALSE\t0\tc\t3\nnonsense\n"
        #expect(CookieJar(other, now: { Self.now }).header(for: url) == "c=3")
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01-Jan-1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
            ("Sun Nov  6 08:49:37 1994", nil), ("Sun, 32 Nov 1994 08:49:37 GMT", nil), ("", nil),
            ("Sun, 06 Nov 99999 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:49:37 GMT", nil),
        ] as [(String, Int64?)]
    ) func readsDates(text: String, expected: Int64?) {
        #expect(HTTPDate.seconds(text) == expected)
    }
}

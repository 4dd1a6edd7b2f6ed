import Testing

@testable import CDR

struct CollectorURLTests {
    @Test(arguments: [
        ("http://a", "a", 80, "/", "a"), ("HTTP://a:8080", "a", 8080, "/", "a:8080"),
        ("http://a/b/c?d=e#f", "a", 80, "/b/c?d=e", "a"), ("http://a?b", "a", 80, "/?b", "a"),
        ("http://[::1]:81/x", "::1", 81, "/x", "[::1]:81"), ("http://[::1]", "::1", 80, "/", "[::1]"),
    ])
    func reads(text: String, host: String, port: Int, target: String, header: String) throws {
        let url = try CollectorURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
        #expect(url.hostHeader == header)
    }

    @Test(arguments: [
        "", "a", "ftp://a", "http://", "http://:80", "http://a:", "http://a:0", "http://a:65536", "http://a b/",
        "http://user:pass@a/", "http://a/\r\nX: y", "https://a",
    ])
    func refuses(text: String) {
        #expect(throws: CollectorURL.Fault.self) { try CollectorURL(text) }
    }

    @Test(arguments: [("/", "/?uuid=a_1"), ("/x?y=z", "/x?y=z&uuid=a_1")])
    func namesTheRecord(target: String, expected: String) throws {
        #expect(try CollectorURL("http://a" + target).target(for: "a_1") == expected)
    }
}

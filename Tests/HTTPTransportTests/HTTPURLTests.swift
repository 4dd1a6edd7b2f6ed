import HTTPTransport
import Testing

struct HTTPURLTests {
    @Test(arguments: [
        ("http://a", "a", 80, "/", "http://a"), ("HTTP://a:8080", "a", 8080, "/", "http://a:8080"),
        ("http://a/b/c?d=e#f", "a", 80, "/b/c?d=e", "http://a"), ("http://a?b", "a", 80, "/?b", "http://a"),
        ("http://[::1]:81/x", "::1", 81, "/x", "http://[::1]:81"), ("http://[::1]", "::1", 80, "/", "http://[::1]"),
        ("https://a/x", "a", 443, "/x", "https://a"), ("Https://a:80", "a", 80, "/", "https://a:80"),
        ("http://a:443", "a", 443, "/", "http://a:443"),
    ])
    func reads(text: String, host: String, port: Int, target: String, origin: String) throws {
        let url = try HTTPURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
        #expect(url.origin == origin)
    }

    @Test(arguments: [
        "", "a", "ftp://a", "http://", "http://:80", "http://a:", "http://a:0", "http://a:65536", "http://a b/",
        "http://user:pass@a/", "http://a/\r\nX: y", "https://", "http:/a", "http://a\u{600}/b", "http://a/\u{301}b",
        "http://a/" + String(repeating: "x", count: 8000),
    ])
    func refuses(text: String) {
        #expect(throws: HTTPURL.Fault.self) { try HTTPURL(text) }
    }

    /// RFC 3986 §5.4, but for what is left to servers.
    @Test(arguments: [
        ("g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"), ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q"),
        ("", "http://a/b/c/d;p?q"),
        ("g#s", "http://a/b/c/g"), (";x", "http://a/b/c/;x"), ("https://g:1/h", "https://g:1/h"),
        ("../g", "http://a/b/c/../g"),
        ("?x=http://b/", "http://a/b/c/d;p?x=http://b/"),
    ])
    func followsReferences(reference: String, expected: String) throws {
        let base = try HTTPURL("http://a/b/c/d;p?q")
        #expect(try HTTPURL(reference, relativeTo: base) == HTTPURL(expected))
    }

    @Test func keepsTheSchemeOfItsBase() throws {
        #expect(try HTTPURL("//b/c", relativeTo: HTTPURL("https://a/")).origin == "https://b")
        #expect(try HTTPURL("/c", relativeTo: HTTPURL("https://[::1]:1/")).origin == "https://[::1]:1")
    }

    @Test(arguments: ["g:h", "//", "//u@b", "http://", "javascript:x", "a b", "http://[[a]]/", "http://a]/"])
    func refusesReferences(reference: String) throws {
        let base = try HTTPURL("http://a/")
        #expect(throws: HTTPURL.Fault.self) { try HTTPURL(reference, relativeTo: base) }
    }

    @Test(arguments: [("/", "/?uuid=a_%261"), ("/x?y=z", "/x?y=z&uuid=a_%261")])
    func addsFields(target: String, expected: String) throws {
        #expect(try HTTPURL("http://a" + target).adding("uuid", "a_&1").target == expected)
    }
}

import HTTPTransport
import Testing
import XMLConfig

@testable import Lookups

/// What the words of `curl` mean, and those of its configuration.
struct CurlRequestTests {
    private struct Expected: Sendable {
        var method = ClientRequest.Method.get
        var word: String?
        var body = ""
        var output = CurlRequest.Output.body
        var verifies: Bool?
        var timeout: Duration?
        var connectTimeout: Duration?
        var headers = ["User-Agent: freeswitch-curl/1.0", "Accept: */*"]
    }

    private static let form = [
        "User-Agent: freeswitch-curl/1.0", "Accept: */*", "Content-Type: application/x-www-form-urlencoded",
    ]
    private static let json = [
        "User-Agent: freeswitch-curl/1.0", "Accept: */*", "Content-Type: application/json",
    ]

    @Test(
        arguments: [
            ("", Expected()), ("get", Expected(word: "get")), ("HEAD", Expected(method: .head, word: "HEAD")),
            ("post a%3Db", Expected(method: .post, word: "post", body: "a=b", headers: form)),
            ("post", Expected(method: .post, word: "post", headers: form)),
            ("post 'a b' get", Expected(method: .get, word: "get")),
            ("patch x", Expected(method: .patch, word: "patch", body: "x", headers: form)),
            ("delete", Expected(method: .delete, word: "delete", headers: form)),
            ("put x", Expected(method: .put, word: "put", body: "x")),
            (
                "content-type application/json put '{\"a\": 1}'",
                Expected(
                    method: .put,
                    word: "put",
                    body: "{\"a\": 1}",
                    headers: json
                )
            ),
            ("content-type text/plain", Expected()), ("content-type", Expected()),
            ("headers", Expected(output: .headersAndBody)), ("headers json", Expected(output: .json)),
            ("JSON headers", Expected(output: .json)),
            ("insecure", Expected(verifies: false)), ("secure", Expected(verifies: true)),
            ("timeout 5 connect-timeout 2", Expected(timeout: .seconds(5), connectTimeout: .seconds(2))),
            ("timeout 5s", Expected(timeout: .seconds(5))), ("timeout 100000", Expected(timeout: .seconds(300))),
            ("timeout 0", Expected()), ("timeout -1", Expected()), ("timeout x", Expected()), ("timeout", Expected()),
            (
                "append_headers X-A:1",
                Expected(headers: ["X-A: 1", "User-Agent: freeswitch-curl/1.0", "Accept: */*"])
            ),
            (
                "append_headers 'Accept: a/b' append_headers user-agent:me",
                Expected(headers: ["Accept: a/b", "user-agent: me"])
            ),
            ("append_headers X-A:", Expected()), ("append_headers", Expected()), ("something else", Expected()),
        ] as [(String, Expected)]
    )
    private func reads(words: String, expected: Expected) throws {
        let request = try CurlRequest("http://a.example/x?y=z \(words)")
        #expect(try request.url == HTTPURL("http://a.example/x?y=z"))
        #expect(request.shown == "http://a.example/x")
        #expect(request.method == expected.method && request.methodWord == expected.word)
        #expect(request.output == expected.output)
        #expect(request.verifies == expected.verifies)
        #expect(request.timeout == expected.timeout && request.connectTimeout == expected.connectTimeout)
        let sent = request.clientRequest
        #expect(String(decoding: sent.body, as: UTF8.self) == expected.body)
        #expect(sent.headers.map { "\($0.name): \($0.value)" } == expected.headers)
        #expect(sent.credentials == nil)
    }

    @Test(
        arguments: [
            ("", CurlRequest.Fault.empty), ("''", .empty), ("ftp://a/", .url("\(HTTPURL.Fault.malformed)")),
            ("http://a/ proxy http://b/", .proxy), ("http://a/ append_headers Host:b", .header("Host")),
            ("http://a/ append_headers content-length:1", .header("content-length")),
            ("http://a/ append_headers X", .header("expected name:value")),
            ("http://a/ append_headers 'X Y:1'", .header("its name")),
            (#"http://a/ append_headers 'X:1\r\nY:2'"#, .header("X")),
            (#"http://a/ content-type 'a\r\nY:2' post x"#, .header("content-type")),
            ("http://a/" + String(repeating: " x", count: 30), .tooManyWords),
        ] as [(String, CurlRequest.Fault)]
    )
    func refuses(text: String, fault: CurlRequest.Fault) {
        #expect(throws: fault) { try CurlRequest(text) }
    }

    @Test func takesSoManyHeadersAndWords() throws {
        let headers = (1...12).map { " append_headers X-\($0):1" }.joined()
        #expect(try CurlRequest("http://a/" + headers).headers.count == 10)
        #expect(try CurlRequest("http://a/" + String(repeating: " x", count: 29)).method == .get)
    }

    /// The name and the password of the URL are shown; a header says more than they do.
    @Test(
        arguments: [("", "me:a b"), ("append_headers Authorization:x", nil)] as [(String, String?)]
    )
    func showsWhoItIs(words: String, credentials: String?) throws {
        let request = try CurlRequest("https://me:a%20b@a.example/ \(words)")
        #expect(try request.url == HTTPURL("https://a.example/"))
        #expect(request.clientRequest.credentials == credentials)
    }

    @Test(
        arguments: [
            ([:], Duration.seconds(7), nil), (["curl_timeout": "5"], .seconds(5), nil),
            (["curl_timeout": "x", "curl_connect_timeout": "3"], .seconds(7), .seconds(3)),
        ] as [([String: String], Duration?, Duration?)]
    )
    func takesTimesOfVariables(variables: [String: String], timeout: Duration?, connectTimeout: Duration?) throws {
        var request = try CurlRequest("http://a/ timeout 7")
        request.takeTimes { variables[$0] }
        #expect(request.timeout == timeout && request.connectTimeout == connectTimeout)
    }

    @Test(
        arguments: [
            ("", nil), (#"<param name="max-bytes" value="100"/>"#, nil),
            (#"<param name="max-bytes" value="0"/>"#, "error: max-bytes"),
            (#"<param name="validate-certs" value="false"/>"#, "warning: nothing checks"),
            (#"<param name="timeout" value="301"/>"#, "error: timeout"),
            (#"<param name="connect-timeout" value="0"/>"#, "error: connect-timeout"),
            (#"<param name="max-byte" value="1"/>"#, "did you mean \"max-bytes\"?"),
        ] as [(String, String?)]
    )
    func checkSaysWhatIsWrong(settings: String, wrong: String?) throws {
        let text = "<configuration><settings>\(settings)</settings></configuration>"
        let node = try XMLDocument.parse(Array(text.utf8), named: "test")
        let found = CurlCheck.diagnostics(for: node).map(\.description)
        #expect(found.isEmpty == (wrong == nil))
        if let wrong { #expect(found.contains { $0.contains(wrong) }, "\(found)") }
    }
}

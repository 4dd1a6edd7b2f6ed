import Testing

@testable import HTTPTransport

struct RedirectionTests {
    @Test(
        arguments: [
            (301, "/b", "http://a/b"), (302, "http://c/", "http://c/"), (307, "https://a/", "https://a/"),
            (308, "b", "http://a/b"),
            (303, "/b", nil), (300, "/b", nil), (304, "/b", nil), (200, "/b", nil), (500, "/b", nil), (302, nil, nil),
        ] as [(Int, String?, String?)]
    )
    func goesOn(status: Int, location: String?, expected: String?) throws {
        let answer = HTTPAnswer(status: status, headers: location.map { [("Location", $0)] } ?? [])
        let request = ClientRequest(postTo: try HTTPURL("http://a/x"), body: [])
        let next = try Redirection.next(after: answer, to: request, isKnown: false)
        #expect(try next == expected.map { try HTTPURL($0) })
    }

    /// What carries nothing may be sent on after a 303 too.
    @Test(
        arguments: [
            (.get, "http://a/b"), (.head, "http://a/b"), (.put, nil), (.patch, nil), (.delete, nil),
        ] as [(ClientRequest.Method, String?)]
    )
    func goesOnAfter303(method: ClientRequest.Method, expected: String?) throws {
        let answer = HTTPAnswer(status: 303, headers: [("Location", "/b")])
        let request = ClientRequest(method, try HTTPURL("http://a/x"))
        let next = try Redirection.next(after: answer, to: request, isKnown: false)
        #expect(try next == expected.map { try HTTPURL($0) })
    }

    /// Who shows who it is, in whichever way.
    @Test(
        arguments: [
            ([], false), ([("Accept", "*/*")], false), ([("authorization", "Bearer x")], true),
            ([("Accept", "*/*"), ("COOKIE", "a=b")], true),
        ] as [([(name: String, value: String)], Bool)]
    )
    func knowsWhoIsKnown(headers: [(name: String, value: String)], isKnown: Bool) throws {
        #expect(ClientRequest(.get, try HTTPURL("http://a/"), headers: headers).isKnown == isKnown)
    }

    /// Where a client may go that has a password or a certificate of its own, and where anybody may.
    @Test(
        arguments: [
            ("http://a/", "http://A/y", nil, nil), ("http://a/", "https://a/", nil, nil),
            ("http://a:8080/", "https://a/", nil, nil),
            ("https://a/", "https://a/y", nil, nil), ("http://a/", "http://b/", nil, .redirectedElsewhere),
            ("http://a/", "http://a:81/", nil, .redirectedElsewhere),
            ("https://a/", "https://a:444/", nil, .redirectedElsewhere),
            ("https://a/", "http://a/", .redirectedInClear, .redirectedInClear),
            ("https://a/", "ftp://a/", .redirectedNowhere, .redirectedNowhere),
        ] as [(String, String, HTTPFault?, HTTPFault?)]
    )
    func keepsSecrets(url: String, location: String, anybody: HTTPFault?, known: HTTPFault?) throws {
        let url = try HTTPURL(url)
        for (isKnown, expected) in [(false, anybody), (true, known)] {
            var fault: HTTPFault?
            do throws(HTTPFault) {
                let answer = HTTPAnswer(status: 307, headers: [("Location", location)])
                _ = try Redirection.next(after: answer, to: ClientRequest(get: url), isKnown: isKnown)
            } catch {
                fault = error
            }
            #expect(fault == expected, "known: \(isKnown)")
        }
    }
}

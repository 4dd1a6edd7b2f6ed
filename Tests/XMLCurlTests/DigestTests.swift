import Testing

@testable import XMLCurl

/// What is said to a server that asks who the switch is.
struct DigestTests {
    private static let md5 = #"Digest realm="r@example", nonce="n", qop="auth, auth-int", opaque="o""#
    private static let sha = #"Digest realm="r@example", nonce="m", qop="auth", algorithm=SHA-256"#
    private static let integrity = #"Digest realm="r", nonce="n", qop="auth-int""#

    @Test(
        arguments: [
            ([.digest], [md5], "Digest username=\"me\""), ([.digest], [md5, sha], "algorithm=SHA-256"),
            ([.basic, .digest], ["Basic realm=\"r\"", md5], "Digest username=\"me\""),
            ([.basic, .digest], ["basic realm=\"r\""], "Basic bWU6c2VjcmV0"),
            ([.basic, .digest], ["Negotiate"], nil), ([.digest], ["Basic realm=\"r\""], nil),
            ([.digest], [integrity], nil), ([.digest], [], nil),
        ] as [(Set<GatewayCredentials.Scheme>, [String], String?)]
    ) func answers(schemes: Set<GatewayCredentials.Scheme>, challenges: [String], expected: String?) {
        var credentials = GatewayCredentials("me:secret")
        credentials.schemes = schemes
        let answer = credentials.answer(to: challenges, method: "POST", target: "/x", cnonce: "c")
        #expect((answer == nil) == (expected == nil))
        if let answer, let expected { #expect(answer.contains(expected)) }
        if let answer { #expect(!answer.contains("secret")) }
        #expect((credentials.shownAtOnce == nil) == schemes.contains(.digest))
    }

    /// The example of RFC 7616 §3.9.1.
    @Test func calculatesAsTheRFC() {
        var credentials = GatewayCredentials("Mufasa:Circle of Life")
        credentials.schemes = [.digest]
        let challenge = """
            Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, \
            nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
            """
        let answer = credentials.answer(
            to: [challenge],
            method: "GET",
            target: "/dir/index.html",
            cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
        )
        let response = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        #expect(answer?.contains("response=\"\(response)\"") == true)
    }
}

import Base
import HTTPTransport

/// What came of a request of `curl`.
struct CurlOutcome: Sendable {
    /// Why there is no answer.
    struct Failure: Sendable {
        /// What libcurl calls it.
        let exitCode: Int
        /// In words.
        let reason: String
    }

    /// The answer, whatever its status is, or why there is none.
    let result: Result

    /// One or the other.
    enum Result: Sendable {
        case answer(HTTPAnswer)
        case failure(Failure)
    }

    /// What a server has answered.
    init(_ answer: HTTPAnswer) {
        result = .answer(answer)
    }

    /// What kept an answer from coming.
    init(failedBy error: any Error) {
        let code = (error as? HTTPFault)?.curlCode ?? Self.tlsCode
        result = .failure(Failure(exitCode: code, reason: "\(error)"))
    }

    /// `CURLE_SSL_CONNECT_ERROR`.
    private static let tlsCode = 35

    /// The status; 0 without an answer.
    var status: Int {
        if case .answer(let answer) = result { answer.status } else { 0 }
    }

    /// Why there is no answer.
    var failure: Failure? {
        if case .failure(let failure) = result { failure } else { nil }
    }

    /// What the command prints, and what `curl_response_data` holds; nothing, but for JSON, without an answer.
    func text(as output: CurlRequest.Output) -> String {
        switch (output, result) {
        case (.json, .answer(let answer)): answer.json
        case (.json, .failure(let failure)): Self.json(failure.exitCode, status: 0, headers: [])
        case (.headersAndBody, .answer(let answer)): answer.head + "\n" + answer.text
        case (.body, .answer(let answer)): answer.text
        case (_, .failure): ""
        }
    }

    fileprivate static func json(
        _ exitCode: Int,
        status: Int,
        _ more: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)]
    ) -> String {
        var texts: [(name: String, value: String)] = [
            ("exit_code", String(exitCode)), ("status_code", String(status)),
        ]
        texts += more
        var members: [(name: String, value: String)] = texts.map { ($0.name, JSONText.quoted($0.value)) }
        let pairs = headers.map { JSONText.object([("key", $0.name), ("value", $0.value)]) }
        members.append(("headers", JSONText.array(json: pairs)))
        return JSONText.object(json: members)
    }
}

extension HTTPAnswer {
    /// The body as a text, which ends where a NUL is.
    fileprivate var text: String { String(decoding: body.prefix { $0 != 0 }, as: UTF8.self) }

    /// The lines before the body, as they were sent, with the empty one.
    fileprivate var head: String {
        "\(version) \(status) \(phrase)\r\n" + headers.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n"
    }

    fileprivate var json: String {
        var more: [(name: String, value: String)] = [("version", version), ("phrase", phrase)]
        let text = text
        if !text.isEmpty { more.insert(("body", text), at: 0) }
        return CurlOutcome.json(0, status: status, more, headers: headers)
    }
}

extension HTTPFault {
    /// The number by which libcurl calls it.
    fileprivate var curlCode: Int {
        switch self {
        // CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING, CURLE_WRITE_ERROR
        case .unreachable: 7
        case .timedOut: 28
        case .closedEarly: 52
        case .answerTooLong: 23
        // CURLE_SSL_CACERT_BADFILE, CURLE_TOO_MANY_REDIRECTS
        case .withoutTLS: 77
        case .tooManyRedirects: 47
        // CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_REMOTE_ACCESS_DENIED
        case .redirectedNowhere: 3
        case .redirectedInClear: 1
        case .redirectedElsewhere: 9
        }
    }
}

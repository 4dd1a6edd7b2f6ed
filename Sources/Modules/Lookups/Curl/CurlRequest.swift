import Base
import HTTPTransport

/// What the arguments of `curl` ask for, as FreeSWITCH reads them.
struct CurlRequest: Sendable {
    /// Why there is nothing that could be sent.
    enum Fault: Error, Equatable, CustomStringConvertible {
        case empty
        case tooManyWords
        case url(String)
        case proxy
        case header(String)

        var description: String {
            switch self {
            case .empty: "there is no URL"
            case .tooManyWords: "more than \(CurlRequest.wordLimit) words"
            case .url(let reason): "the URL is not what was expected: \(reason)"
            case .proxy: "proxies are not in this version"
            case .header(let name): "a header that cannot be sent: \(name)"
            }
        }
    }

    /// How the answer is shown.
    enum Output: Hashable, Sendable {
        case body, headersAndBody, json
    }

    /// What the command says of itself.
    static let syntax = """
        url [headers|json|content-type <mime-type>|connect-timeout <seconds>|timeout <seconds>|\
        append_headers <name:value>|insecure|secure] [get|head|post|patch|put|delete [data]]
        """
    /// How many words there may be.
    static let wordLimit = 30
    /// How many headers may be given.
    static let headerLimit = 10
    /// The headers that the client makes itself.
    private static let ownHeaders: Set<String> = [
        "connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    /// Where to.
    let url: HTTPURL
    /// `user:password`, as it may be in the URL.
    let credentials: String?
    /// What is asked of the server.
    private(set) var method = ClientRequest.Method.get
    /// The method as it is written; `nil` where it is not.
    private(set) var methodWord: String?
    /// What is sent.
    private(set) var body: [UInt8] = []
    /// What that is (`content-type`).
    private(set) var contentType: String?
    /// The headers that are given (`append_headers`).
    private(set) var headers: [(name: String, value: String)] = []
    /// How the answer is shown.
    private(set) var output = Output.body
    /// How long it may take; `nil` for as long as the configuration says.
    private(set) var timeout: Duration?
    /// How long connecting may take; `nil` for as long as the configuration says.
    private(set) var connectTimeout: Duration?
    /// Whether the server's certificate is checked; `nil` for what the configuration says.
    private(set) var verifies: Bool?

    /// Reads the arguments; words that mean nothing are passed over.
    init(_ text: String) throws(Fault) {
        let words = text.isEmpty ? [] : ListSplitter.split(text, by: " ", limit: Self.wordLimit + 1)
        guard let first = words.first, !first.isEmpty else { throw .empty }
        guard words.count <= Self.wordLimit else { throw .tooManyWords }
        let (address, userInfo) = HTTPURL.separatingUserInfo(first)
        do throws(HTTPURL.Fault) {
            url = try HTTPURL(address)
        } catch {
            throw .url("\(error)")
        }
        credentials = userInfo
        var rest = words.dropFirst()
        while let word = rest.popFirst() { try take(word, &rest) }
    }

    private mutating func take(_ word: String, _ rest: inout ArraySlice<String>) throws(Fault) {
        switch word.lowercased() {
        case "headers": if output == .body { output = .headersAndBody }
        case "json": output = .json
        case "get", "head", "post", "patch", "put", "delete":
            methodWord = word
            method = ClientRequest.Method(rawValue: word.uppercased()) ?? .get
            body = method.hasBody ? Array(PercentEncoding.decode(rest.popFirst() ?? "").utf8) : []
        case "content-type":
            guard let type = rest.popFirst() else { return }
            guard Self.isHeaderValue(type) else { throw .header("content-type") }
            contentType = type
        case "connect-timeout": connectTimeout = Self.seconds(rest.popFirst()) ?? connectTimeout
        case "timeout": timeout = Self.seconds(rest.popFirst()) ?? timeout
        case "append_headers": if let header = rest.popFirst() { try append(header) }
        case "insecure": verifies = false
        case "secure": verifies = true
        // What is meant for a proxy alone may be no business of the server's.
        case "proxy": throw .proxy
        default: break
        }
    }

    /// Takes the times that a call's variables name.
    mutating func takeTimes(_ variable: (String) -> String?) {
        timeout = Self.seconds(variable("curl_timeout")) ?? timeout
        connectTimeout = Self.seconds(variable("curl_connect_timeout")) ?? connectTimeout
    }

    /// A number of seconds of one or more, and not too many; `nil` for anything else.
    private static func seconds(_ text: String?) -> Duration? {
        guard let text, let number = Int(text.prefix { $0.isASCII && $0.isNumber }), number > 0 else { return nil }
        return .seconds(min(number, CurlConfiguration.longestTimeout))
    }

    // MARK: - Headers

    private mutating func append(_ header: String) throws(Fault) {
        guard headers.count < Self.headerLimit else { return }
        let halves = header.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = halves.first, halves.count == 2 else { throw .header("expected name:value") }
        let (name, value) = (first.trimmingBlanks, halves[1].trimmingBlanks)
        guard !name.isEmpty, name.isVisibleASCII, Self.isHeaderValue(value),
            !Self.ownHeaders.contains(name.lowercased())
        else { throw .header(name.isVisibleASCII ? String(name.prefix(64)) : "its name") }
        // Without a value libcurl leaves out a header of its own: ours are not worth that.
        if !value.isEmpty { headers.append((name, value)) }
    }

    private static func isHeaderValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }

    private func has(_ name: String) -> Bool {
        headers.contains { $0.name.equalsIgnoringASCIICase(name) }
    }

    // MARK: - What is sent

    /// Where it goes, for a log: without the query, which may hold what is nobody's business.
    var shown: String { url.origin + url.target.prefix { $0 != "?" } }

    /// The request as the client sends it.
    var clientRequest: ClientRequest {
        var all = headers
        if !has("User-Agent") { all.append(("User-Agent", "freeswitch-curl/1.0")) }
        if !has("Accept") { all.append(("Accept", "*/*")) }
        if method.hasBody, !has("Content-Type"), let type = contentType ?? usualContentType {
            all.append(("Content-Type", type))
        }
        return ClientRequest(
            method,
            url,
            headers: all,
            credentials: has("Authorization") ? nil : credentials,
            body: body
        )
    }

    /// What libcurl says where nobody else does.
    private var usualContentType: String? { method == .put ? nil : "application/x-www-form-urlencoded" }
}

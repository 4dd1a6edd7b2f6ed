import HTTPTransport
import XMLConfig

/// One `<binding>` of `xml_curl.conf`: a web server that is asked for the documents of some sections.
struct Gateway: Hashable, Sendable {
    /// The name, for the log and the figures; no two bindings have the same.
    var name: String
    /// Where the documents come from.
    var url: GatewayURL
    /// The sections that it is asked for (the attribute `bindings` of `gateway-url`).
    var sections: Set<XMLSection>
    /// How the fields of a question are sent (`method`).
    var method = ClientRequest.Method.post
    /// The only fields of the event that are sent (`enable-post-var`); all when there are none.
    var fields: Set<String> = []
    /// Who the switch says it is (`gateway-credentials`, `auth-scheme`).
    var credentials: GatewayCredentials?
    /// Seconds that a document may take, from the question to the last byte (`timeout`).
    var timeout = 10
    /// Seconds that connecting may take (`connect-timeout`).
    var connectTimeout = 5
    /// Bytes that a document may have (`response-max-bytes`).
    var answerBytes = 1 << 20
    /// Whether the server is asked first if it wants a long body (`disable-100-continue` is false).
    var expectsContinue = false
    /// What certificates the server must have, and which are shown to it (`ssl-…`, `enable-…`).
    var tls = ClientTLSSettings()
    /// The file that cookies are kept in (`cookie-file`).
    var cookieFile: String?
    /// The address or interface that connections come from (`bind-local`).
    var localAddress: String?
    /// Whether `$${…}` in documents become global variables of the switch (`expand-globals`).
    var expandsGlobals = false
    /// Questions that are on their way at once (`max-requests`).
    var requests = 32
    /// Questions that wait for that (`queue-length`).
    var queueLength = 200
    /// Connections that are kept open (`keep-alive`).
    var idleConnections = 8
    /// Failures in a row after which the server is left alone (`breaker-failures`); 0 for never.
    var breakerFailures = 5
    /// Seconds that it is left alone (`breaker-seconds`).
    var breakerSeconds = 10

    /// Whether something that it needs may change while its text stays the same.
    var dependsOnFiles: Bool { tls.authorities != nil || tls.identity != nil }
}

/// Who the switch says it is, and how.
struct GatewayCredentials: Hashable, Sendable {
    /// Ways to say it.
    enum Scheme: Hashable, Sendable {
        case basic, digest
    }

    /// The user's name.
    var user: String
    /// The password.
    var password: String
    /// The ways that may be taken.
    var schemes: Set<Scheme> = [.basic]

    /// `user:password`.
    init(_ text: String) {
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        (user, password) = (halves.first ?? "", halves.count > 1 ? halves[1] : "")
    }

    /// `user:password`.
    var text: String { user + ":" + password }
}

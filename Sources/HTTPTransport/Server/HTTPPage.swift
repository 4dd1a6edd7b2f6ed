/// What a request gets.
public struct HTTPPage: Sendable {
    /// How it went (RFC 9110 §15).
    public enum Status: Int, Sendable {
        case ok = 200
        case badRequest = 400
        case unauthorized = 401
        case forbidden = 403
        case notFound = 404
        case methodNotAllowed = 405
        case requestTimeout = 408
        case contentTooLarge = 413
        case tooManyRequests = 429
        case requestHeaderFieldsTooLarge = 431
        case serviceUnavailable = 503
        case httpVersionNotSupported = 505
    }

    /// How it went.
    public let status: Status
    /// What the text is.
    public let contentType: String
    /// The text.
    public let text: String
    /// Headers beside those that every answer has.
    public var headers: [(name: String, value: String)] = []

    /// A page.
    public init(_ status: Status, contentType: String = "text/plain; charset=utf-8", text: String) {
        (self.status, self.contentType, self.text) = (status, contentType, text)
    }

    /// A page of one sentence, with its end of line.
    public init(_ status: Status, _ sentence: String) {
        self.init(status, text: sentence + "\n")
    }
}

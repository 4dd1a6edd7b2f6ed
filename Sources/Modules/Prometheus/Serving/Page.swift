import NIOHTTP1

/// What a request gets.
struct Page: Sendable {
    let status: HTTPResponseStatus
    let contentType: String
    let text: String

    init(_ status: HTTPResponseStatus, contentType: String = "text/plain; charset=utf-8", text: String) {
        (self.status, self.contentType, self.text) = (status, contentType, text)
    }

    /// A page of one sentence, with its end of line.
    init(_ status: HTTPResponseStatus, _ sentence: String) {
        self.init(status, text: sentence + "\n")
    }
}

import Base
import HTTPTransport
import Logging

/// How a document goes into the body of a POST (`encode`).
enum PostEncoding: Hashable, Sendable {
    /// `cdr=` and the document, percent-encoded as a form (`true`).
    case form
    /// `cdr=` and the document in base64.
    case base64
    /// The document alone, with the type of what it is (`textxml`, and `false` for JSON).
    case plain
    /// `cdr=` and the document as it is (`false` for XML).
    case unencodedForm
}

/// Where records are sent, and by whom.
struct CollectorAddress: Hashable, Sendable {
    let url: HTTPURL
    /// `user:password` for Basic authentication (RFC 7617).
    var credentials: String?
}

/// Who takes the records over HTTP: one of some URLs, tried in order.
struct Collector: Sendable {
    /// What became of a record.
    enum Outcome: Sendable {
        /// Taken: a status of 2xx.
        case delivered
        /// The collector does not want this record, and would not want it later.
        case refused(status: Int)
        /// Nobody took it: no connection, no answer in time, another status.
        case unreachable(String)
    }

    let client: HTTPClient
    let addresses: [CollectorAddress]
    let encoding: PostEncoding
    /// The type of the plain document.
    let contentType: String
    /// How many tries follow the first.
    let retries: Int
    /// The time between two tries.
    let delay: Duration
    /// How long one try may take.
    let timeout: Duration
    let userAgent: String

    /// Sends a document, with retries, each to the next URL.
    ///
    /// - Parameter first: The URL to begin with; the one that served last when it returns.
    func send(_ document: [UInt8], named name: String, from first: Int) async -> (outcome: Outcome, url: Int) {
        let body = encoded(document)
        var index = addresses.indices.contains(first) ? first : 0
        var outcome = Outcome.unreachable("there is no url")
        for attempt in 0...retries where !addresses.isEmpty {
            if attempt > 0 {
                do { try await Task.sleep(for: delay) } catch { return (.unreachable("stopped"), index) }
            }
            outcome = await post(body, named: name, to: addresses[index])
            if case .delivered = outcome { return (outcome, index) }
            index = (index + 1) % addresses.count
        }
        return (outcome, index)
    }

    private func post(_ body: [UInt8], named name: String, to address: CollectorAddress) async -> Outcome {
        let post = ClientRequest(
            postTo: address.url.adding("uuid", name),
            headers: [("User-Agent", userAgent), ("Content-Type", bodyType), ("Accept", "*/*")],
            credentials: address.credentials,
            body: body
        )
        do {
            let status = try await client.send(post, timeout: timeout).status
            if (200..<300).contains(status) { return .delivered }
            return Self.refusals.contains(status) ? .refused(status: status) : .unreachable("status \(status)")
        } catch {
            return .unreachable("\(address.url.hostHeader): \(error)")
        }
    }

    /// The statuses that speak of the record itself, as too large or not understood (RFC 9110 §15.5).
    ///
    /// Any other may be the collector's own trouble and different tomorrow.
    private static let refusals: Set<Int> = [400, 413, 415, 422]

    private func encoded(_ document: [UInt8]) -> [UInt8] {
        let text = String(decoding: document, as: UTF8.self)
        return switch encoding {
        case .form: Array(("cdr=" + PercentEncoding.encode(text)).utf8)
        case .base64: Array(("cdr=" + Base64.encode(document)).utf8)
        case .unencodedForm: Array("cdr=".utf8) + document
        case .plain: document
        }
    }

    private var bodyType: String {
        switch encoding {
        case .form: "application/x-www-form-urlencoded"
        case .base64: "application/x-www-form-base64-encoded"
        case .unencodedForm: "application/x-www-form-plaintext"
        case .plain: contentType
        }
    }
}

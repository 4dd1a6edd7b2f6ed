import Base
import HTTPTransport
import Logging
import NIOPosix
import SwitchCore

/// Sends what `curl` asks for; each request has a connection of its own, and an end.
struct CurlClient: Sendable {
    /// How many requests there may be at the same time; one more fails at once.
    static let requestLimit = 500

    /// There are too many requests already.
    struct Busy: Error, CustomStringConvertible {
        let description = "\(CurlClient.requestLimit) requests wait for web servers already"
    }

    let configuration: CurlConfiguration
    private let verifying: ClientTLS?
    private let trusting: ClientTLS?
    private let requests: Turnstile

    /// A client that checks certificates, where it is to, with what there is at the moment.
    ///
    /// - Parameter requests: Counts the requests, those of clients before this one among them.
    init(_ configuration: CurlConfiguration, _ softswitch: Switch, requests: Turnstile) throws(TLSFault) {
        self.configuration = configuration
        verifying = try ClientTLS.forLookups(of: softswitch, verifies: true)
        trusting = try ClientTLS.forLookups(of: softswitch, verifies: false)
        self.requests = requests
    }

    /// Sends a request and waits for what comes of it.
    func send(_ request: CurlRequest) async -> CurlOutcome {
        guard requests.enter() else { return CurlOutcome(failedBy: Busy()) }
        defer { requests.leave() }
        let timeout = request.timeout ?? configuration.timeout
        var settings = HTTPClientSettings()
        settings.answerBytes = configuration.answerBytes
        settings.connectTimeout = min(request.connectTimeout ?? configuration.connectTimeout, timeout)
        let client = HTTPClient(
            group: MultiThreadedEventLoopGroup.singleton,
            tls: request.verifies ?? configuration.verifies ? verifying : trusting,
            settings: settings
        )
        do {
            return CurlOutcome(try await client.send(request.clientRequest, timeout: timeout))
        } catch {
            return CurlOutcome(failedBy: error)
        }
    }

    /// The command: prints the answer.
    func answer(_ text: String) async -> String {
        let request: CurlRequest
        do throws(CurlRequest.Fault) {
            request = try CurlRequest(text)
        } catch {
            return error == .empty ? "-ERR\ncurl \(CurlRequest.syntax)\n" : "-ERR \(error)\n"
        }
        let outcome = await send(request)
        if let failure = outcome.failure, request.output != .json { return "-ERR \(failure.reason)\n" }
        return outcome.text(as: request.output)
    }

    /// The application: leaves the answer in variables.
    func run(_ data: String, on session: isolated Session) async throws {
        var request: CurlRequest
        do throws(CurlRequest.Fault) {
            request = try CurlRequest(data)
        } catch {
            throw ApplicationError("\(error)")
        }
        request.takeTimes { session.variable($0) }
        let outcome = await send(request)
        try Task.checkCancellation()
        // A text that a variable cannot hold does not leave the one of an earlier request there.
        session.setVariable("curl_response_data", nil)
        session.setVariable("curl_response_data", outcome.text(as: request.output))
        session.setVariable("curl_response_code", String(outcome.status))
        session.setVariable("curl_method", request.methodWord)
        if let failure = outcome.failure {
            session.logger.warning("curl: \(failure.reason)", metadata: ["url": "\(request.shown)"])
        }
    }
}

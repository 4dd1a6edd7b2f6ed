import Base
import HTTPTransport
import Logging
import NIOCore
import NIOPosix
import SwitchCore
import Synchronization
import XMLConfig

/// Answers the look-ups of the switch with what one web server sends.
final class GatewayProvider: XMLProvider {
    private struct State {
        var breaker: CircuitBreaker
        var counts: [FetchOutcome: Int] = [:]
        var time = Duration.zero
    }

    let gateway: Gateway
    private let softswitch: Switch
    private let group: any EventLoopGroup
    private let client: HTTPClient
    private let keeper: AnswerKeeper
    private let logger: Logger
    private let now: @Sendable () -> MonotonicInstant
    private let queue: FetchQueue
    private let refusals = RefusalTally()
    private let state: Mutex<State>

    /// A provider for one binding.
    ///
    /// - Parameters:
    ///   - keeper: Takes a copy of each answer while somebody looks for a fault.
    ///   - now: The clock that the pause of the circuit breaker is measured on.
    init(
        _ gateway: Gateway,
        _ softswitch: Switch,
        client: HTTPClient,
        group: any EventLoopGroup,
        keeper: AnswerKeeper,
        logger: Logger,
        now: @escaping @Sendable () -> MonotonicInstant = { .now }
    ) {
        (self.gateway, self.softswitch, self.client, self.group) = (gateway, softswitch, client, group)
        (self.keeper, self.logger, self.now) = (keeper, logger, now)
        queue = FetchQueue(limit: gateway.requests, length: gateway.queueLength)
        let breaker = CircuitBreaker(limit: gateway.breakerFailures, pause: .seconds(gateway.breakerSeconds))
        state = Mutex(State(breaker: breaker))
    }

    /// What it does and has done.
    var status: GatewayStatus {
        let (inside, waiting) = queue.counts
        return state.withLock { state in
            GatewayStatus(
                gateway: gateway,
                breaker: state.breaker.state,
                counts: state.counts,
                time: state.time,
                inside: inside,
                waiting: waiting,
                idleConnections: client.idleConnections
            )
        }
    }

    /// Lets go of the connections that are kept.
    func close() {
        client.close()
    }

    // MARK: - Questions

    func fetch(
        section: XMLSection,
        tag: String,
        key: String,
        value: String,
        parameters: [(String, String)]
    ) async -> XMLProviderAnswer {
        // Where the server is cannot be asked of the server.
        guard section != .configuration || !value.equalsIgnoringASCIICase(XMLCurlModule.configuration) else {
            return .notFound
        }
        let form = QuestionForm(
            host: softswitch.xml.globals["switchname"] ?? softswitch.xml.globals["hostname"] ?? "",
            section: section,
            tag: tag,
            key: key,
            value: value,
            event: softswitch.eventFields(of: parameters)
        )
        do {
            let document = try await document(for: form, of: section)
            let isNothing = document.saysNotFound
            count(isNothing ? .notFound : .answered)
            return isNothing ? .notFound : .document(document)
        } catch let fault as FetchFault {
            count(fault.outcome)
            return told(fault)
        } catch {
            count(.abandoned)
            return .unanswered
        }
    }

    /// What the registry is told of a fault, which it writes into the log.
    private func told(_ fault: FetchFault) -> XMLProviderAnswer {
        switch fault.outcome {
        // What happens at every question for a while is told when it begins and ends, or once a minute.
        case .skipped: return .unanswered
        case .busy, .limited:
            return refusals.note(at: now()).map { .failure("\(fault.reason) (\($0) questions so far)") } ?? .unanswered
        default: return .failure(fault.reason)
        }
    }

    private func count(_ outcome: FetchOutcome) {
        state.withLock { $0.counts[outcome, default: 0] += 1 }
    }

    // MARK: - Answers

    private func document(for form: QuestionForm, of section: XMLSection) async throws -> XMLNode {
        let began = now()
        guard state.withLock({ $0.breaker.admits(at: began) }) else {
            throw FetchFault(outcome: .skipped, reason: "the server is left alone for a while")
        }
        let time = Duration.seconds(gateway.timeout)
        switch await queue.enter(within: time, on: group.next()) {
        case .entered: break
        case .full: throw busy("\(gateway.queueLength) questions wait already")
        case .late where Task.isCancelled: throw abandoned()
        case .late: throw busy("no answer to the questions before it within \(gateway.timeout) seconds")
        }
        defer { queue.leave() }
        let bytes = try await bytes(for: form, within: time - (now() - began))
        await keeper.keep(bytes, of: gateway.name)
        let document = try await parse(bytes)
        if ![XMLSection.result, section].contains(where: { document.hasSection($0) }) {
            logger.warning("binding \"\(gateway.name)\": the answer has no section \(section.rawValue)")
        }
        return document
    }

    private func busy(_ reason: String) -> FetchFault {
        state.withLock { $0.breaker.abandoned(at: now()) }
        return FetchFault(outcome: .busy, reason: reason)
    }

    private func abandoned() -> CancellationError {
        state.withLock { $0.breaker.abandoned(at: now()) }
        return CancellationError()
    }

    /// The body of the server's answer.
    private func bytes(for form: QuestionForm, within time: Duration) async throws -> [UInt8] {
        let began = now()
        do {
            let request = try request(for: form)
            let answer = try await client.send(request, timeout: max(time, .milliseconds(1)))
            state.withLock { $0.time += now() - began }
            let status = "status \(answer.status) from \(gateway.url.shown)"
            // The server is there and cannot serve (RFC 9110 §15.6). One that does not answer so many questions of somebody
            // (RFC 6585 §4) answers those of others: whoever tries many names must not have it left alone.
            if answer.status >= 500 { noteFailure(status) } else { noteSuccess() }
            guard answer.status == 200 else {
                throw FetchFault(outcome: answer.status == 429 ? .limited : .refused, reason: status)
            }
            return answer.body
        } catch let fault as FetchFault {
            throw fault
        } catch is CancellationError {
            throw abandoned()
        } catch {
            if case HTTPFault.answerTooLong = error { noteSuccess() } else { noteFailure("\(error)") }
            throw FetchFault(outcome: .failed, reason: "\(gateway.url.shown): \(error)")
        }
    }

    private func request(for form: QuestionForm) throws -> ClientRequest {
        let url: HTTPURL
        switch gateway.url {
        case .fixed(let fixed): url = fixed
        case .dynamic(let template): url = try template.url { form[$0] }
        // Another provider answers from files.
        case .file: throw HTTPURL.Fault.malformed
        }
        let text = form.text(keeping: gateway.fields)
        let headers = [("User-Agent", "freeswitch-xml/1.0"), ("Accept", "*/*")]
        var request =
            switch gateway.method {
            case .get: ClientRequest(get: url.adding(query: text), headers: headers)
            default:
                ClientRequest(
                    postTo: url,
                    headers: headers + [("Content-Type", "application/x-www-form-urlencoded")],
                    body: Array(text.utf8)
                )
            }
        request.credentials = gateway.credentials?.shownAtOnce
        request.authorizer = gateway.credentials?.authorizer
        return request
    }

    /// A document from outside: nothing in it is carried out, and its size is bounded.
    private func parse(_ bytes: [UInt8]) async throws -> XMLNode {
        let (name, globals) = ("the answer of \(gateway.url.shown)", softswitch.xml.globals)
        let expands = gateway.expandsGlobals
        // Long documents take long; calls do not wait on their loop for that.
        let result = try await NIOThreadPool.singleton.runIfActive { () -> Result<XMLNode, ConfigurationError> in
            do throws(ConfigurationError) {
                return .success(
                    expands
                        ? try XMLDocument.parseAnswer(bytes, named: name, globals: globals)
                        : try XMLDocument.parse(bytes, named: name)
                )
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let document) where document.name == "document": return document
        case .success(let document):
            throw FetchFault(outcome: .malformed, reason: "\(name) is <\(document.name)>, expected <document>")
        case .failure(let error):
            throw FetchFault(outcome: .malformed, reason: "\(bytes.count) bytes that are no document: \(error.first)")
        }
    }

    // MARK: - The circuit breaker

    private func noteSuccess() {
        guard state.withLock({ $0.breaker.succeeded() }) else { return }
        logger.notice("binding \"\(gateway.name)\": the server answers again")
    }

    private func noteFailure(_ reason: String) {
        guard state.withLock({ $0.breaker.failed(at: now()) }) else { return }
        logger.error(
            """
            binding \"\(gateway.name)\": \(gateway.breakerFailures) failures in a row, the server is left alone for \
            \(gateway.breakerSeconds) seconds at a time until it answers; the last: \(reason)
            """
        )
    }
}

extension XMLNode {
    /// Whether a document says that there is nothing.
    fileprivate var saysNotFound: Bool {
        let result = firstChild(named: "section", where: "name", equals: "result")?.first("result")
        return result?[attribute: "status"]?.lowercased() == "not found"
    }

    /// Whether a document has a section; `phrases` stands in for `languages`.
    fileprivate func hasSection(_ section: XMLSection) -> Bool {
        let names = section == .languages ? [section.rawValue, "phrases"] : [section.rawValue]
        return names.contains { firstChild(named: "section", where: "name", equals: $0) != nil }
    }
}

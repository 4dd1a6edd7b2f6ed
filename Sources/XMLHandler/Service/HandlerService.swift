import Base
import Cache
public import HTTPTransport
public import Logging
public import SwitchCore
import Synchronization
import XMLConfig

/// Answers what FreeSWITCH's `mod_xml_curl` asks over HTTP: a form comes, a document goes out.
public final class HandlerService: Sendable {
    private struct State {
        var counts: [Outcome: Int] = [:]
        var time = Duration.zero
    }

    /// What became of a question.
    private enum Outcome: String, CaseIterable {
        case answered
        case notFound = "not_found"
        case failed
        case refused
        case limited
    }

    private let documents: DocumentSource
    private let credentials: HandlerCredentials?
    private let isHealthy: @Sendable () async -> Bool
    private let families: @Sendable () async -> [MetricFamily]
    private let logger: Logger
    private let state = Mutex(State())

    /// A service.
    ///
    /// - Parameters:
    ///   - documents: The documents.
    ///   - credentials: What a client has to show that asks for them; `nil` for nothing.
    ///   - isHealthy: Whether the database answers.
    ///   - families: What else is measured.
    public init(
        _ documents: DocumentSource,
        credentials: HandlerCredentials?,
        logger: Logger,
        isHealthy: @escaping @Sendable () async -> Bool,
        families: @escaping @Sendable () async -> [MetricFamily] = { [] }
    ) {
        (self.documents, self.credentials, self.logger) = (documents, credentials, logger)
        (self.isHealthy, self.families) = (isHealthy, families)
    }

    /// The page for a request.
    public func answer(_ request: HTTPRequest) async -> HTTPPage {
        switch request.path {
        case "/healthz":
            return await isHealthy()
                ? HTTPPage(.ok, "ok") : HTTPPage(.serviceUnavailable, "the database does not answer")
        case "/metrics":
            return HTTPPage(
                .ok,
                contentType: ExpositionText.contentType,
                text: ExpositionText.write(MetricFamily.merge(ownFamilies + (await cacheFamilies) + (await families())))
            )
        default:
            if let credentials, !credentials.accept(request["authorization"]) { return refuse() }
            if request.method == "DELETE" { return await forget(request.path) }
            return await document(for: request)
        }
    }

    private func refuse() -> HTTPPage {
        count(.refused)
        var page = HTTPPage(.unauthorized, "show who you are")
        page.headers = [("WWW-Authenticate", "Basic realm=\"tandem\"")]
        return page
    }

    // MARK: - Documents

    /// Whatever the path is, as web servers of `mod_xml_curl` have many.
    private func document(for request: HTTPRequest) async -> HTTPPage {
        let start = ContinuousClock.now
        let form = request.method == "POST" ? String(decoding: request.body, as: UTF8.self) : request.query
        let fields = FormFields(form)
        guard let section = fields["section"].flatMap({ XMLSection(rawValue: $0) }) else {
            count(.failed)
            return HTTPPage(.badRequest, "expected the fields that mod_xml_curl sends: section, tag_name, key_name …")
        }
        let question = XMLQuestion(
            section: section,
            value: fields["key_value"] ?? "",
            fields: fields.all.map { ($0.name, $0.value) }
        )
        // Rows may belong to one of several machines: the one that asks.
        let host = question["FreeSWITCH-Hostname"] ?? question["hostname"]
        do {
            let found = try await documents.document(for: question, from: host)
            let text = found.map {
                RemoteDocument.text($0.document, globalsIn: ConfigurationSection.elementWithGlobals(in: question))
            }
            count(text == nil ? .notFound : .answered, ContinuousClock.now - start)
            return HTTPPage(.ok, contentType: Self.contentType, text: text ?? RemoteDocument.notFound)
        } catch CacheFault.tooMuchUnknown {
            // Whoever asks for others is told that it is his question, and not the service.
            count(.limited, ContinuousClock.now - start)
            var page = HTTPPage(.tooManyRequests, "\(CacheFault.tooMuchUnknown)")
            page.headers = [("Retry-After", "1")]
            return page
        } catch {
            // Anything but 200 makes a client ask the next one, or its files.
            count(.failed, ContinuousClock.now - start)
            logger.error("a look-up in \(section.rawValue) could not be answered: \(error)")
            return HTTPPage(.serviceUnavailable, "the database does not answer")
        }
    }

    private static let contentType = "text/xml; charset=utf-8"

    // MARK: - Forgetting

    private static let cachePath = "/cache"

    /// `DELETE /cache/directory:1000@tenant.example`; `DELETE /cache` for everything.
    private func forget(_ path: String) async -> HTTPPage {
        guard path == Self.cachePath || path.hasPrefix(Self.cachePath + "/") else {
            return HTTPPage(.notFound, "what is to be forgotten is \(Self.cachePath) or \(Self.cachePath)/<key>")
        }
        let key = PercentEncoding.decode(String(path.dropFirst(Self.cachePath.count + 1)))
        let forgotten = key.isEmpty ? await documents.forgetAll() : await documents.forget(key)
        return HTTPPage(.ok, "forgotten: \(forgotten.inMemory)")
    }

    // MARK: - Figures

    private var cacheFamilies: [MetricFamily] {
        get async {
            var families: [MetricFamily] = []
            for metric in HandlerMetrics.cache({ [documents] in documents }) {
                families.append(MetricFamily(metric.name, metric.kind, metric.help, await metric.read()))
            }
            return families
        }
    }

    private func count(_ outcome: Outcome, _ time: Duration = .zero) {
        state.withLock { state in
            state.counts[outcome, default: 0] += 1
            state.time += time
        }
    }

    private var ownFamilies: [MetricFamily] {
        let (counts, time) = state.withLock { ($0.counts, $0.time) }
        return [
            MetricFamily(
                "xml_handler_requests",
                .counter,
                "Questions, by what became of them.",
                Outcome.allCases.map { .init(Double(counts[$0] ?? 0), [("outcome", $0.rawValue)]) }
            ),
            MetricFamily(
                "xml_handler_seconds",
                .counter,
                "Time that it took to find the documents.",
                time / .seconds(1)
            ),
        ]
    }
}

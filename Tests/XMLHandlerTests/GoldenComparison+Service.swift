import HTTPTransport
import Logging
import Testing
import XMLConfig
import XMLHandler

/// The questions as FreeSWITCH sent them over HTTP.
extension GoldenComparison {
    /// The variables of the machine that asks: the recorded ones, and those that a setting names and it did not have, which
    /// are written in another way inside.
    private static let machine = globals.merging(
        ["domain": "tenant1.example", "presence_privacy": "false", "no_such_global": "such"]
    ) { recorded, _ in recorded }

    /// Sends every recorded body to the service of another machine, reads its answer as FreeSWITCH does, and compares it
    /// with the document that the machine which asks has itself for the question.
    func compareService() async throws {
        let posts = try GoldenCorpus.posts()
        #expect(!posts.isEmpty)
        let globals = GlobalVariables(Self.machine.map { (name: $0.key, value: $0.value) })
        var changes: [String] = []
        var (wrong, found) = (0, 0)
        for (name, body) in posts where wrong < Self.limit {
            try await prepare(name, &changes)
            var options = Self.options(name)
            options.globalVariable = { Self.machine[$0] }
            let inside = try await XMLHandler(tables, options: options).answer(GoldenCorpus.question(form: body))
            let wanted = inside.document.map { canonical.text($0) } ?? Canonical.nothing
            let page = await service(options).answer(
                HTTPRequest("POST", "/", headers: Self.headers, body: Array(body.utf8))
            )
            #expect(page.status == .ok, "\(name)")
            let document = try XMLDocument.parseAnswer(Array(page.text.utf8), named: name, globals: globals)
            let got = canonical.answered(document)
            found += wanted == Canonical.nothing ? 0 : 1
            if got != wanted {
                wrong += 1
                Issue.record("\(name)\n\(Canonical.difference(wanted, got))")
            }
        }
        #expect(found > 0)
        try await putBack()
    }

    private static let headers = [(name: "content-type", value: "application/x-www-form-urlencoded")]

    /// The service of a machine that knows nothing of the one that asks.
    private func service(_ options: HandlerOptions) -> HandlerService {
        var options = options
        options.hostName = "handler1"
        options.globalVariable = nil
        return HandlerService(
            DocumentSource(XMLHandler(tables, options: options), keeping: nil) { _ in },
            credentials: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            isHealthy: { true }
        )
    }
}

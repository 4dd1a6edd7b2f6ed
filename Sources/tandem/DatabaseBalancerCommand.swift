import ArgumentParser
import Balancing
import Base
import Database
import DatabaseBalancer
import DatabaseProxy
import HTTPTransport
import Logging
import Logs
import SwitchCore
import Synchronization
import UnixSignals

/// `tandem db-balancer`: trusted nodes for programs that know of one database only.
struct DatabaseBalancerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db-balancer",
        abstract: "Takes connections to PostgreSQL or MariaDB, and hands each to a node that can be trusted.",
        discussion: """
            Where it listens is said by listen-writer and listen-reader of each balancer. /status shows the nodes, \
            /metrics counts, /healthz says whether there is a node; POST /drain/<balancer>/<node>, and likewise \
            maintenance, ready and writer, are orders.
            """
    )

    @Argument(help: "The file with the balancers: balancer.conf.xml.")
    var file: String

    @Option(help: "The port on 127.0.0.1 for status, metrics and orders.")
    var controlPort = 9284

    @Option(help: "How many connections there may be at once, for each balancer.")
    var clients = 2000

    @Option(help: "How many threads the connections of a balancer are spread over.")
    var threads = 2

    @Option(help: "debug, info, notice, warning, err or crit.")
    var logLevel = "info"

    func run() async throws {
        guard let level = LogLevel(logLevel) else { throw ValidationError("--log-level is not a log level") }
        let balancerFile = try BalancerFile(file)
        let outputs = LogOutputs()
        let terminal = TerminalLog(outputs, level: level)
        let logger = Logger(label: "db-balancer") { _ in OutputsLogHandler(outputs, clock: Assembly.microseconds) }
        let balancers = balancerFile.balancers(logger) { $0.isForConnections = true }
        balancers.reload()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let listening = Mutex<[ListeningPlace]>([])
        let server = HTTPServer(
            HTTPService(methods: ["GET", "HEAD", "POST"]) { request in
                await Self.answer(request, balancers, listening.withLock { $0 })
            },
            refusal: HTTPPage(.forbidden, "only this machine may ask")
        ) { $0.isLoopback }
        var proxies: [String: DatabaseProxy] = [:]
        var failure: (any Error)?
        do {
            for place in try ListeningPlace.all(in: balancerFile.configuration) {
                let proxy = try proxies[place.balancer] ?? makeProxy(place.balancer, balancers)
                proxies[place.balancer] = proxy
                var place = place
                place.port = try await proxy.listen(address: place.address, port: place.port, for: place.use)
                logger.notice("\(place)")
                listening.withLock { [place] in $0.append(place) }
            }
            try await server.start(address: "127.0.0.1", port: controlPort)
            logger.notice("status, metrics and orders: 127.0.0.1 port \(server.port ?? controlPort)")
            for await _ in signals { break }
            logger.notice("stopping")
        } catch {
            logger.error("cannot go on: \(error)")
            failure = error
        }
        await server.stop()
        for proxy in proxies.values { await proxy.stop() }
        await balancers.close()
        await terminal.stop()
        if failure != nil { throw ExitCode(1) }
    }

    private func makeProxy(_ name: String, _ balancers: Balancers) throws -> DatabaseProxy {
        guard let balancer = balancers[name] else {
            throw DatabaseError(.dataSource, "the balancer \(name) cannot be used as it is configured")
        }
        return DatabaseProxy(balancer, clients: max(clients, 1), threads: threads)
    }

    // MARK: - Status and orders

    private static func answer(
        _ request: HTTPRequest,
        _ balancers: Balancers,
        _ listening: [ListeningPlace]
    ) async -> HTTPPage {
        let words = request.path.split(separator: "/").map { String($0) }
        let command = BalancerCommand(balancers)
        switch (request.method, words.first) {
        case ("POST", _) where words.count == 3:
            let text = command.answer(words)
            return HTTPPage(text.hasPrefix("+OK") ? .ok : .badRequest, text)
        case ("POST", _): return HTTPPage(.badRequest, "/drain/<balancer>/<node>, or maintenance, ready, writer")
        case (_, "status"): return HTTPPage(.ok, command.answer(["status"]))
        case (_, "metrics"):
            var families: [MetricFamily] = []
            for metric in BalancerMetrics.all(balancers) {
                families.append(MetricFamily(metric.name, metric.kind, metric.help, await metric.read()))
            }
            return HTTPPage(
                .ok,
                contentType: ExpositionText.contentType,
                text: ExpositionText.write(MetricFamily.merge(families))
            )
        case (_, "healthz"):
            let places = listening.map { "\($0)" }.joined(separator: "\n")
            guard !places.isEmpty else { return HTTPPage(.serviceUnavailable, "nothing listens") }
            let isHealthy = balancers.all.allSatisfy { $0.status.nodes.contains { $0.trust == "trusted" } }
            return isHealthy
                ? HTTPPage(.ok, "ok\n\(places)") : HTTPPage(.serviceUnavailable, "a balancer has no node\n\(places)")
        default: return HTTPPage(.notFound, "there are /status, /metrics and /healthz")
        }
    }
}

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
        let service = BalancerService(balancers) { listening.withLock { places in places.map { "\($0)" } } }
        let server = HTTPServer(
            HTTPService(methods: BalancerService.methods) { await service.answer($0) },
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
}

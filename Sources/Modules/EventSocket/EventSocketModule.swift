import Logging
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_event_socket`: the text protocol by which programs control the switch and watch it.
public final class EventSocketModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_event_socket"

    /// The applications that the module registers.
    public static let applicationNames = [SocketApplication.name]

    private struct State {
        var server: EventServer?
        var port: Int?
    }

    private let softswitch: Switch
    private let door: ConsoleDoor?
    private let patience: StrangerPatience
    private let state = Mutex(State())

    /// The event socket of a switch.
    ///
    /// - Parameter door: Where the program's own console gets in, if it has one.
    public convenience init(_ softswitch: Switch, door: ConsoleDoor? = nil) {
        self.init(softswitch, door: door, patience: StrangerPatience())
    }

    /// The event socket of a switch, with another time in which clients have to say who they are.
    package init(_ softswitch: Switch, door: ConsoleDoor? = nil, patience: StrangerPatience) {
        (self.softswitch, self.door, self.patience) = (softswitch, door, patience)
    }

    /// The port that is listened on, once it is.
    package var port: Int? { state.withLock { $0.port } }

    /// Reads `event_socket.conf`, listens, and registers the application `socket`.
    public func start() async throws {
        let server = EventServer(
            try await readConfiguration(),
            softswitch: softswitch,
            patience: patience
        )
        do {
            let port = try await server.start()
            state.withLock { $0 = State(server: server, port: port) }
        } catch {
            await server.stop()
            throw error
        }
        door?.open(to: server)
        let application = SocketApplication.make(server)
        softswitch.applications.register(application, as: application.name)
        softswitch.metrics.register(
            Metric("event_clients", .gauge, "Connections of the event socket.") { await server.counts().clients },
            as: "event_clients"
        )
        softswitch.metrics.register(
            Metric("events_dropped", .counter, "Events and log lines that slow event clients lost.") {
                await server.counts().dropped
            },
            as: "events_dropped"
        )
    }

    private func readConfiguration() async throws -> EventSocketConfiguration {
        guard let xml = await softswitch.xml.configuration(named: "event_socket.conf") else {
            softswitch.logger.warning("there is no event_socket.conf")
            return EventSocketConfiguration()
        }
        var diagnostics: [Diagnostic] = []
        let configuration = try EventSocketConfiguration(xml: xml, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity >= .warning {
            softswitch.logger.warning("\(diagnostic)")
        }
        if configuration.password?.isEmpty ?? true {
            softswitch.logger.warning("event_socket.conf has no password: only users of the directory can get in")
        }
        return configuration
    }

    /// Closes all connections.
    public func stop() async {
        let server = state.withLock { state in
            defer { state = State() }
            return state.server
        }
        guard let server else { return }
        door?.leave(server)
        await server.stop()
    }
}

import Base
import NIOCore
import SwitchCore
import Synchronization

/// The application `socket`: gives a call to a program that listens for it.
enum SocketApplication {
    static let name = "socket"

    static func make(_ server: EventServer) -> Application {
        Application(name, syntax: "<host>[:<port>] [async] [full]", [.noMedia]) { session, data in
            guard let target = SocketTarget(data) else {
                throw ApplicationError("socket needs a host, not \"\(data)\"")
            }
            try await run(target, session, server)
        }
    }

    private static func run(_ target: SocketTarget, _ session: isolated Session, _ server: EventServer) async throws {
        let link = SocketLink(session)
        let client = try await connect(target, session, server, link)
        session.setVariable("socket_host", target.hosts.first?.name)
        guard watch(session, for: server) else {
            server.execute { client.close() }
            throw ApplicationError("socket: too many look on at the call")
        }
        do {
            if target.isAsync {
                try await session.stayParked { _ in link.isOver }
            } else {
                try await session.wait { _ in link.isOver }
            }
        } catch {
            // Sent elsewhere: without `async` the program's turn is over with the application.
            if !session.isOver, !target.isAsync { server.execute { client.close() } }
            throw error
        }
        guard !session.isOver, !link.resumesDialplan, !session.isTrue("socket_resume") else { return }
        session.hangUp(.normalClearing)
    }

    /// Has the programs of a call told when it is over.
    ///
    /// One watch for all of them: those that the call was taken away from may stay to its end.
    ///
    /// - Returns: Whether there was room for it.
    static func watch(_ session: isolated Session, for server: EventServer) -> Bool {
        let watch = session.whenEnded(as: name) { [weak session, id = session.id] in
            let name = session?.assumeIsolated { $0.name } ?? ""
            server.execute { server.channelEnded(id, name: name) }
        }
        return watch != nil
    }

    private static func connect(
        _ target: SocketTarget,
        _ session: isolated Session,
        _ server: EventServer,
        _ link: SocketLink
    ) async throws -> ClientConnection {
        let role = ConnectionMachine.Role.outbound(
            channel: session.id,
            isAsync: target.isAsync,
            isFull: target.isFull
        )
        var failure: (any Error)?
        for host in target.hosts {
            do {
                let client = try await server.connect(host: host.name, port: host.port, role: role) {
                    link.end(resumesDialplan: $0)
                }
                // The call may have ended meanwhile, and nobody else knows of the connection.
                if Task.isCancelled { server.execute { client.close() } }
                try Task.checkCancellation()
                return client
            } catch {
                if Task.isCancelled { throw CancellationError() }
                failure = error
            }
        }
        throw ApplicationError("socket reaches nobody: \(failure.map { "\($0)" } ?? "")")
    }
}

/// Where a channel's program is, and how the two work together.
struct SocketTarget: Hashable {
    /// The port where none is given.
    private static let defaultPort = 8084
    /// How many hosts are tried.
    private static let hostLimit = 16

    struct Host: Hashable {
        var name: String
        var port: Int
    }

    /// The hosts in the order in which they are tried.
    var hosts: [Host]
    /// Whether the program's commands are queued instead of being waited for.
    var isAsync = false
    /// Whether the program may act on more than this channel.
    var isFull = false

    /// Reads `host[:port][/path][|host…] [async] [full]`; an IPv6 address stands in brackets.
    init?(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard let first = words.first else { return nil }
        hosts = first.split(separator: "|").prefix(Self.hostLimit).compactMap { Self.host($0) }
        guard !hosts.isEmpty else { return nil }
        for word in words.dropFirst() {
            isAsync = isAsync || word.equalsIgnoringASCIICase("async")
            isFull = isFull || word.equalsIgnoringASCIICase("full")
        }
    }

    private static func host(_ text: Substring) -> Host? {
        var rest = text.prefix { $0 != "/" }
        var name = rest
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            name = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
        } else {
            name = rest.prefix { $0 != ":" }
            rest = rest.dropFirst(name.count)
        }
        guard !name.isEmpty else { return nil }
        guard rest.hasPrefix(":") else { return rest.isEmpty ? Host(name: String(name), port: defaultPort) : nil }
        guard let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return Host(name: String(name), port: Int(port))
    }
}

/// What the application and its connection know of each other.
final class SocketLink: Sendable {
    private struct State {
        var isOver = false
        var resumesDialplan = false
    }

    private weak let session: Session?
    private let state = Mutex(State())

    init(_ session: Session) {
        self.session = session
    }

    var isOver: Bool { state.withLock { $0.isOver } }
    var resumesDialplan: Bool { state.withLock { $0.resumesDialplan } }

    func end(resumesDialplan: Bool) {
        state.withLock { $0 = State(isOver: true, resumesDialplan: resumesDialplan) }
        guard let session else { return }
        session.loop.execute { session.assumeIsolated { $0.wake() } }
    }
}

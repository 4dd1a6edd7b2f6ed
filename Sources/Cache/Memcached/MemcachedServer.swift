import Base
import NIOCore
import NIOPosix
import Synchronization

/// One server: its connection, made when it is needed, and whether it is left alone at the moment.
///
/// A look-up never waits to see whether a server that failed is back: that is looked for beside, and until then every
/// command fails at once.
// @unchecked: everything that changes belongs to `loop`, but for the atomics.
final class MemcachedServer: @unchecked Sendable {
    private enum Link {
        case none
        case connecting([(MemcachedCommand, EventLoopPromise<MemcachedReply>)])
        case open(any Channel, MemcachedConnection)
    }

    let address: ServerAddress
    private let limits: MemcachedLimits
    private let wire: WireProtocol
    private let credentials: MemcachedCredentials?
    private let loop: any EventLoop
    private let tell: @Sendable (MemcachedChange) -> Void
    private let isLeftAlone = Atomic<Bool>(false)
    private let failureCount = Atomic<Int>(0)
    private var link = Link.none
    private var breaker: CircuitBreaker
    private var probe: Scheduled<Void>?
    private var isClosed = false
    /// Why it is left alone, as was told; `nil` while it is asked.
    private let told = Mutex<MemcachedFault?>(nil)
    /// Keys that had to be taken out while the server did not answer; `nil` when they were too many to remember.
    private var owed: Set<String>? = []

    init(
        _ address: ServerAddress,
        _ limits: MemcachedLimits,
        _ wire: WireProtocol,
        _ credentials: MemcachedCredentials?,
        on loop: any EventLoop,
        tell: @escaping @Sendable (MemcachedChange) -> Void
    ) {
        (self.address, self.limits, self.wire, self.credentials, self.loop) = (address, limits, wire, credentials, loop)
        self.tell = tell
        breaker = CircuitBreaker(limit: limits.failures, pause: limits.pause)
    }

    /// Whether it is asked at the moment.
    var isThere: Bool { !isLeftAlone.load(ordering: .relaxed) }

    /// Why it is left alone; `nil` while it is asked.
    var fault: MemcachedFault? { told.withLock { $0 } }

    /// How often it failed.
    var failures: Int { failureCount.load(ordering: .relaxed) }

    // MARK: - Commands

    /// Asks it, and waits for the answer.
    func ask(_ command: MemcachedCommand) async throws(MemcachedFault) -> MemcachedReply {
        guard command.isSound else { throw .badKey }
        guard isThere else {
            remember(command)
            throw .leftAlone
        }
        let reply = loop.makePromise(of: MemcachedReply.self)
        loop.execute { self.submit(command, reply) }
        do {
            return try await reply.futureResult.get()
        } catch {
            remember(command)
            throw error as? MemcachedFault ?? .unreachable
        }
    }

    /// Connects, so that the first look-up need not wait for it.
    func warm() {
        loop.execute { if case .none = self.link { self.connect([]) } }
    }

    /// Ends the connection and all that waits for it.
    func close() {
        loop.execute {
            self.isClosed = true
            self.probe?.cancel()
            if case .open(let channel, _) = self.link { channel.close(promise: nil) }
        }
    }

    private func submit(_ command: MemcachedCommand, _ reply: EventLoopPromise<MemcachedReply>) {
        guard !isClosed else { return reply.fail(MemcachedFault.closed) }
        switch link {
        case .open(_, let connection):
            settle(reply)
            connection.send(command, reply)
        case .connecting(var waiting):
            guard waiting.count < limits.commands else { return reply.fail(MemcachedFault.full) }
            // Appended in place: nobody else has the array.
            link = .none
            waiting.append((command, reply))
            link = .connecting(waiting)
        case .none:
            // Its failure may have been noticed while this was on its way here.
            guard isThere else { return reply.fail(MemcachedFault.leftAlone) }
            connect([(command, reply)])
        }
    }

    private func settle(_ reply: EventLoopPromise<MemcachedReply>) {
        reply.futureResult.assumeIsolated().whenSuccess { _ in _ = self.breaker.succeeded() }
    }

    // MARK: - The connection

    private func connect(_ waiting: [(MemcachedCommand, EventLoopPromise<MemcachedReply>)]) {
        link = .connecting(waiting)
        let made = loop.makePromise(of: (any Channel).self)
        // The name of a server is looked up by the system, which has no deadline of its own.
        let timer = loop.scheduleTask(in: TimeAmount(limits.connectTime)) { made.fail(MemcachedFault.unreachable) }
        let connecting = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(limits.connectTime))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port)
        connecting.assumeIsolated().whenComplete { result in
            timer.cancel()
            switch result {
            case .success(let channel): made.succeed(channel)
            case .failure: made.fail(MemcachedFault.unreachable)
            }
        }
        made.futureResult.assumeIsolated().whenComplete { result in
            guard case .success(let channel) = result, !self.isClosed else {
                connecting.whenSuccess { $0.close(promise: nil) }
                return self.lose(.unreachable)
            }
            self.open(channel)
        }
    }

    private func open(_ channel: any Channel) {
        let connection = MemcachedConnection(limits, wire) { [weak self] fault in self?.lose(fault) }
        guard case .connecting(let waiting) = link, channel.isActive,
            (try? channel.pipeline.syncOperations.addHandler(connection)) != nil
        else {
            channel.close(promise: nil)
            return lose(.unreachable)
        }
        link = .open(channel, connection)
        introduce(connection)
        settleDebts(connection)
        for (command, reply) in waiting {
            settle(reply)
            connection.send(command, reply)
        }
    }

    /// Says who asks, and hears whether that will do, before anything else is asked: a server that wants to know more answers
    /// everything as a client's error, as if nothing were there.
    private func introduce(_ connection: MemcachedConnection) {
        let reply = loop.makePromise(of: MemcachedReply.self)
        reply.futureResult.assumeIsolated().whenSuccess { reply in
            switch reply {
            case .outcome(.clientError): connection.end(.unauthorized)
            default: break
            }
        }
        connection.send(credentials.map { .authenticate($0) } ?? wire.greeting, reply)
    }

    /// The connection is gone; without a fault, the server only ended one that nobody used.
    private func lose(_ fault: MemcachedFault?) {
        let old = link
        link = .none
        if let fault {
            failureCount.add(1, ordering: .relaxed)
            if breaker.failed(at: .now) { leaveAlone() }
            if !isThere { note(fault) }
            if case .connecting(let waiting) = old { for (_, reply) in waiting { reply.fail(fault) } }
        }
    }

    // MARK: - While it is away

    /// Tells why it is left alone when that begins, and when whoever cares for it has another thing to do.
    private func note(_ fault: MemcachedFault?) {
        let isNews = told.withLock { told in
            guard (told == nil) != (fault == nil) || fault == .unauthorized && told != .unauthorized else {
                return false
            }
            told = fault
            return true
        }
        if isNews { tell(MemcachedChange(address: address, fault: fault)) }
    }

    private func leaveAlone() {
        isLeftAlone.store(true, ordering: .relaxed)
        lookLater()
    }

    private func lookLater() {
        guard !isClosed else { return }
        // A little later than the breaker lets somebody look.
        probe = loop.assumeIsolated().scheduleTask(in: TimeAmount(limits.pause) + .milliseconds(1)) { self.look() }
    }

    private func look() {
        guard !isClosed, breaker.admits(at: .now) else { return lookLater() }
        let reply = loop.makePromise(of: MemcachedReply.self)
        reply.futureResult.assumeIsolated().whenComplete { result in
            guard case .success = result else {
                // Losing the connection has told the breaker.
                if self.breaker.state == .halfOpen { _ = self.breaker.failed(at: .now) }
                return self.lookLater()
            }
            // What came to be owed since it was connected to goes before everything that it will be asked.
            if case .open(_, let connection) = self.link { self.settleDebts(connection) }
            _ = self.breaker.succeeded()
            self.isLeftAlone.store(false, ordering: .relaxed)
            self.note(nil)
        }
        connect([(.version, reply)])
    }

    private func remember(_ command: MemcachedCommand) {
        guard case .delete(let key) = command else { return }
        loop.execute {
            self.owe(key)
            // It may be connected again already.
            if case .open(_, let connection) = self.link, self.isThere { self.settleDebts(connection) }
        }
    }

    /// Takes out what should have been while it did not answer, before anything else is asked.
    private func settleDebts(_ connection: MemcachedConnection) {
        let debts = owed
        guard debts?.isEmpty != true else { return }
        let commands = debts.map { $0.map { MemcachedCommand.delete($0) } } ?? [.flush(seconds: 0)]
        owed = []
        for command in commands {
            let reply = loop.makePromise(of: MemcachedReply.self)
            reply.futureResult.assumeIsolated().whenFailure { _ in
                if case .delete(let key) = command { self.owe(key) } else { self.owed = nil }
            }
            connection.send(command, reply)
        }
    }

    private func owe(_ key: String) {
        guard let count = owed?.count else { return }
        if count < limits.owedDeletes { owed?.insert(key) } else { owed = nil }
    }
}

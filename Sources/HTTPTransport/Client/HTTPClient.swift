import Base
public import NIOCore
import NIOPosix
import NIOSSL

/// Sends requests and waits for the answers (HTTP/1.1, RFC 9112); on a connection for each, or on some that are kept.
public struct HTTPClient: Sendable {
    private let group: any EventLoopGroup
    private let tls: ClientTLS?
    private let settings: HTTPClientSettings
    private let pool: ConnectionPool

    /// A client that connects on these loops.
    ///
    /// - Parameter tls: What it needs for `https`; `nil` when it never goes there.
    public init(
        group: any EventLoopGroup,
        tls: ClientTLS?,
        settings: HTTPClientSettings = HTTPClientSettings()
    ) {
        (self.group, self.tls, self.settings) = (group, tls, settings)
        pool = ConnectionPool(limit: settings.idleConnections)
    }

    /// How many connections are kept for further requests at the moment.
    public var idleConnections: Int { pool.count }

    /// Ends the connections that are kept; what is on its way still comes to its end.
    public func close() {
        pool.close()
    }

    /// Sends a request, again to where servers redirect it, and again with an answer to their challenges.
    ///
    /// - Parameters:
    ///   - timeout: How long connecting, sending and the answers may take together.
    ///   - sending: Hears, on an event loop, each time that there is a connection and a request goes out.
    /// - Returns: The last answer.
    public func send(
        _ request: ClientRequest,
        timeout: Duration,
        sending: @escaping @Sendable () -> Void = {}
    ) async throws -> HTTPAnswer {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        let isKnown = request.isKnown || tls?.hasIdentity == true
        var request = request
        for _ in 0...Redirection.limit {
            let answer = try await answer(to: request, until: deadline, sending)
            let next = try Redirection.next(after: answer, to: request, isKnown: isKnown)
            guard let next else { return answer }
            request.url = next
            request.authorization = nil
        }
        throw HTTPFault.tooManyRedirects
    }

    /// One answer, the second when the first wants to know who asks and there is something to say.
    private func answer(
        to request: ClientRequest,
        until deadline: NIODeadline,
        _ sending: @escaping @Sendable () -> Void
    ) async throws -> HTTPAnswer {
        let answer = try await exchange(request, until: deadline, sending)
        guard answer.status == 401, let authorizer = request.authorizer else { return answer }
        let challenges = answer.all("www-authenticate")
        guard let authorization = authorizer(challenges, request.method, request.url.target) else { return answer }
        var again = request
        again.authorization = authorization
        return try await exchange(again, until: deadline, sending)
    }

    private func exchange(
        _ request: ClientRequest,
        until deadline: NIODeadline,
        _ sending: @escaping @Sendable () -> Void
    ) async throws -> HTTPAnswer {
        if let kept = pool.take(to: request.url.origin) {
            do {
                return try await exchange(request, on: kept, until: deadline, sending)
            } catch is ClientConnection.Unanswered {
                // The server had ended it meanwhile and has not seen the request (RFC 9112 §9.3.1).
            }
        }
        do {
            return try await exchange(request, on: nil, until: deadline, sending)
        } catch is ClientConnection.Unanswered {
            throw HTTPFault.closedEarly
        }
    }

    private func exchange(
        _ request: ClientRequest,
        on kept: ClientConnection.Handle?,
        until deadline: NIODeadline,
        _ sending: @escaping @Sendable () -> Void
    ) async throws -> HTTPAnswer {
        let loop = kept?.channel.eventLoop ?? group.next()
        let outcome = loop.makePromise(of: ClientConnection.Outcome.self)
        let timer = loop.scheduleTask(deadline: deadline) { outcome.fail(HTTPFault.timedOut) }
        outcome.futureResult.whenComplete { _ in timer.cancel() }
        let cookies = settings.cookies?.header(for: request.url)
        let connecting =
            kept.map { loop.makeSucceededFuture($0) } ?? connect(to: request.url, on: loop, until: deadline)
        connecting.whenFailure { outcome.fail(HTTPFault(connecting: $0)) }
        // The connection is back before the answer is there: who asks again at once gets it.
        let settled = loop.makePromise(of: ClientConnection.Outcome.self)
        outcome.futureResult.whenFailure { settled.fail($0) }
        connecting.whenSuccess { connection in
            // Whatever ends the exchange early, the deadline or an error among it, closes the connection.
            outcome.futureResult.whenComplete { result in
                guard case .success(let outcome) = result else { return connection.close() }
                if outcome.staysOpen { pool.put(connection, to: request.url.origin) } else { connection.close() }
                settled.succeed(outcome)
            }
            sending()
            connection.ask(request, cookies: cookies, answering: outcome)
        }
        let answer = try await withTaskCancellationHandler {
            try await settled.futureResult.get().answer
        } onCancel: {
            outcome.fail(CancellationError())
        }
        settings.cookies?.take(answer.all("set-cookie"), from: request.url)
        return answer
    }

    private func connect(
        to url: HTTPURL,
        on loop: any EventLoop,
        until deadline: NIODeadline
    ) -> EventLoopFuture<ClientConnection.Handle> {
        let terms = ClientConnection.Terms(
            answerBytes: settings.answerBytes,
            staysOpen: settings.idleConnections > 0,
            expectsContinue: settings.expectsContinue,
            idleTime: TimeAmount(settings.idleTime)
        )
        // By their channels: a name may have several addresses, and a connection that has ended already is on none any more.
        let connections = NIOLoopBoundBox.makeBoxSendingValue(
            [ObjectIdentifier: ClientConnection.Handle](),
            eventLoop: loop
        )
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(min(deadline - .now(), TimeAmount(settings.connectTimeout)))
            .channelInitializer { [tls, pool] channel in
                channel.eventLoop.makeCompletedFuture {
                    if url.isEncrypted {
                        guard let tls else { throw HTTPFault.withoutTLS }
                        try channel.pipeline.syncOperations.addHandler(tls.handler(for: url))
                    }
                    connections.value[ObjectIdentifier(channel)] = try ClientConnection.Handle(terms, on: channel)
                    channel.closeFuture.whenComplete { _ in pool.remove(channel) }
                }
            }
        if let address = settings.localAddress { bootstrap = bootstrap.bind(to: address) }
        return bootstrap.connect(host: url.host, port: url.port)
            .flatMapThrowing { channel in
                guard let connection = connections.value[ObjectIdentifier(channel)] else {
                    throw HTTPFault.closedEarly
                }
                return connection
            }
    }
}

extension ClientTLS {
    /// The handler for a connection to a server.
    fileprivate func handler(for url: HTTPURL) throws -> NIOSSLClientHandler {
        // An address is checked as one, and is no name to ask for (RFC 6066 §3).
        try NIOSSLClientHandler(context: context, serverHostname: IPAddress(url.host) == nil ? url.host : nil)
    }
}

import Database
import DatabaseBalancer
import NIOCore
import NIOPosix
import Synchronization

/// A client's connection: how it begins, and how it gets its node.
extension DatabaseProxy {
    /// How long it may take to connect to a node.
    private static let connecting = TimeAmount.seconds(1)
    /// How long a client of PostgreSQL may take to say what it wants, whenever it is its turn; who says nothing would keep
    /// a place for ever.
    private static let openingTime = TimeAmount.seconds(5)
    /// How many nodes are tried for one connection.
    private static let attempts = 8
    /// How many clients at once are told that they are too many; more find their connection closed.
    private static let turnedAwayLimit = 64

    // MARK: - The beginning

    private struct TooMany: Error {}

    /// A client has connected.
    func accept(_ front: any Channel, _ use: Balancer.Use) throws {
        guard let isWelcome = admit(front) else { throw TooMany() }
        let id = ObjectIdentifier(front)
        front.closeFuture.whenComplete { _ in
            self.state.withLock { state in
                state.fronts[id] = nil
                if !isWelcome { state.turnedAway -= 1 }
            }
        }
        let opening = OpeningHandler(front.allocator) { opening in
            let opening = NIOLoopBound(opening, eventLoop: front.eventLoop)
            guard self.balancer.dialect == .postgreSQL else {
                return self.receive(front, opening, use, isWelcome, front.allocator.buffer(capacity: 0))
            }
            self.answerPostgreSQL(front, opening, use, isWelcome)
        }
        try front.pipeline.syncOperations.addHandler(opening)
    }

    /// Whether a client may have a node; `nil` where it cannot even be told that it may not.
    private func admit(_ front: any Channel) -> Bool? {
        state.withLock { state in
            let isWelcome = state.fronts.count - state.turnedAway < clientLimit
            guard !state.isStopped, isWelcome || state.turnedAway < Self.turnedAwayLimit else { return nil }
            state.fronts[ObjectIdentifier(front)] = front
            if !isWelcome { state.turnedAway += 1 }
            return isWelcome
        }
    }

    /// Its client speaks first, and may only want to stop a statement.
    private func answerPostgreSQL(
        _ front: any Channel,
        _ opening: NIOLoopBound<OpeningHandler>,
        _ use: Balancer.Use,
        _ isWelcome: Bool
    ) {
        opening.value.next(front.eventLoop, within: Self.openingTime).whenComplete { result in
            switch result {
            case .failure: front.close(promise: nil)
            case .success((.cancel, let message)): self.handOn(cancel: message, from: front)
            case .success((_, let message)): self.receive(front, opening, use, isWelcome, message)
            }
        }
    }

    /// The client names a process, and only its node knows that: all are asked.
    private func handOn(cancel message: ByteBuffer, from front: any Channel) {
        let loop = front.eventLoop
        let requests = balancer.endpoints.map { node in
            CancelRequest.send(message, to: node.host, port: node.port, on: loop, within: Self.connecting)
        }
        EventLoopFuture<Void>.andAllComplete(requests, on: loop).whenComplete { _ in front.close(promise: nil) }
    }

    /// - Parameter message: What the client has said first.
    private func receive(
        _ front: any Channel,
        _ opening: NIOLoopBound<OpeningHandler>,
        _ use: Balancer.Use,
        _ isWelcome: Bool,
        _ message: ByteBuffer
    ) {
        guard isWelcome else {
            return refuse(front, opening, message, "\(clientLimit) connections are all that there may be (--clients)")
        }
        let id = ObjectIdentifier(front)
        let search = state.withLock { state -> Task<Void, Never>? in
            guard !state.isStopped else { return nil }
            let search = Task {
                await self.findNode(front, opening, use, message)
                self.state.withLock { $0.searches[id] = nil }
            }
            state.searches[id] = search
            return search
        }
        guard let search else { return front.close(promise: nil) }
        // Who has gone waits no longer, in nobody's way.
        front.closeFuture.whenComplete { _ in search.cancel() }
    }

    // MARK: - The node

    private func findNode(
        _ front: any Channel,
        _ opening: NIOLoopBound<OpeningHandler>,
        _ use: Balancer.Use,
        _ message: ByteBuffer
    ) async {
        var failure = "too many nodes have failed"
        for _ in 0..<Self.attempts {
            do throws(DatabaseError) {
                let node = try await balancer.takeNode(for: use)
                guard !Task.isCancelled else { return balancer.giveBack(node, failure: nil) }
                if await connect(front, opening, node, message) { return }
            } catch {
                failure = "\(error)"
                break
            }
        }
        if !Task.isCancelled { refuse(front, opening, message, failure) }
    }

    /// What connects to a node.
    static func connector(on loop: any EventLoop) -> ClientBootstrap {
        ClientBootstrap(group: loop)
            .connectTimeout(connecting)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: false)
            .noticingSilence()
    }

    /// Connects a client to a node.
    ///
    /// - Returns: Whether that has been done; otherwise it may have another node.
    private func connect(
        _ front: any Channel,
        _ opening: NIOLoopBound<OpeningHandler>,
        _ node: Balancer.TakenNode,
        _ message: ByteBuffer
    ) async -> Bool {
        let back: any Channel
        do {
            back = try await Self.connector(on: front.eventLoop).connect(host: node.host, port: node.port).get()
        } catch {
            balancer.giveBack(node, failure: "\(node.host) port \(node.port): \(error)")
            return false
        }
        back.closeFuture.whenComplete { _ in self.balancer.giveBack(node, failure: nil) }
        let pair = Pair(node: node, front: front)
        let joined = front.eventLoop.submit { self.join(pair, opening.value, back, message) }
        return (try? await joined.get()) ?? false
    }

    /// Makes one connection of two, on their loop, unless the node has been given up or left while it was connected to.
    ///
    /// - Returns: Whether they are one; otherwise nothing has been said to anybody.
    private func join(_ pair: Pair, _ opening: OpeningHandler, _ back: any Channel, _ message: ByteBuffer) -> Bool {
        let id = ObjectIdentifier(pair.front)
        // First this, so that what becomes of the node is either seen here or told to this connection, later on this loop.
        state.withLock { $0.pairs[id] = pair }
        guard balancer.keeps(pair.node) else {
            state.withLock { $0.pairs[id] = nil }
            back.close(promise: nil)
            return false
        }
        pair.front.closeFuture.whenComplete { _ in
            self.state.withLock { $0.pairs[id] = nil }
            back.close(promise: nil)
        }
        glue(pair, opening, back, message)
        return true
    }

    private func glue(_ pair: Pair, _ opening: OpeningHandler, _ back: any Channel, _ message: ByteBuffer) {
        let front = pair.front
        let conversation = Conversation(balancer.dialect)
        // It gets nothing new until it has been checked, which is done at once, and the client that has the error gets
        // another node: its connection ends.
        let (client, server) = GlueHandler.pair(conversation) { [balancer] in
            balancer.doubt(pair.node, "it says that it is not ready (1047)")
        }
        do {
            try front.pipeline.syncOperations.addHandler(client)
            try back.pipeline.syncOperations.addHandler(server)
        } catch {
            front.close(promise: nil)
            return
        }
        var message = message
        var rest = opening.takeRest()
        message.writeBuffer(&rest)
        front.pipeline.syncOperations.removeHandler(opening, promise: nil)
        if message.readableBytes > 0 {
            conversation.heard(client: message.readableBytesView)
            back.writeAndFlush(message, promise: nil)
        }
        back.setOption(.autoRead, value: true).whenComplete { _ in back.read() }
    }

    // MARK: - Nobody to connect to

    private func refuse(
        _ front: any Channel,
        _ opening: NIOLoopBound<OpeningHandler>,
        _ message: ByteBuffer,
        _ text: String
    ) {
        front.eventLoop.execute {
            guard self.balancer.dialect == .postgreSQL else {
                return Self.farewell(front, RefusalPacket.mariaDB(text))
            }
            guard PostgreSQLOpening(message.readableBytesView) == .encryption else {
                return Self.farewell(front, RefusalPacket.postgreSQL(text))
            }
            // Not encrypted, then: the client goes on, or leaves when it insists.
            front.writeAndFlush(front.allocator.buffer(string: "N"), promise: nil)
            opening.value.next(front.eventLoop, within: Self.openingTime).whenComplete { result in
                guard case .success((let next, _)) = result, next == .startup else { return front.close(promise: nil) }
                Self.farewell(front, RefusalPacket.postgreSQL(text))
            }
        }
    }

    private static func farewell(_ front: any Channel, _ packet: [UInt8]) {
        front.writeAndFlush(front.allocator.buffer(bytes: packet)).whenComplete { _ in front.close(promise: nil) }
    }
}

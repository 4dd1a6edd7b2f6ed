import Base
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Listens for PowerDNS on a socket of this machine: it opens a connection for each of its threads.
public final class BackendSocket: Sendable {
    /// How many connections there may be at once.
    static let maximumConnections = 256

    private let desk: BackendDesk
    private let path: String
    private let group: MultiThreadedEventLoopGroup
    private let listener = Mutex<(any Channel)?>(nil)
    private let connections = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// A socket that does not listen yet.
    public init(_ desk: BackendDesk, path: String, threads: Int = 1) {
        (self.desk, self.path) = (desk, path)
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    }

    /// Begins to listen; a socket that somebody left behind is taken away.
    ///
    /// - Parameter group: The group whose members may connect, beside our own user; keys of zones can be read there.
    public func start(for groupName: String? = nil) async throws {
        try LocalSocket.removeLeftOver(path)
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
            .bind(unixDomainSocketPath: path).get()
        chmod(path, 0o660)
        listener.withLock { $0 = channel }
        guard let groupName else { return }
        guard let entry = getgrnam(groupName), chown(path, uid_t.max, entry.pointee.gr_gid) == 0 else {
            throw BackendSocketFault.isNoGroup(groupName)
        }
    }

    private struct TooManyConnections: Error {}

    private func accept(_ channel: any Channel) throws {
        let id = ObjectIdentifier(channel)
        let isTaken = connections.withLock { connections in
            guard connections.count < Self.maximumConnections else { return false }
            connections[id] = channel
            return true
        }
        guard isTaken else { throw TooManyConnections() }
        channel.closeFuture.whenComplete { _ in self.connections.withLock { $0[id] = nil } }
        try channel.pipeline.syncOperations.addHandler(BackendHandler(desk))
    }

    /// Ends listening.
    public func stop() async {
        let listener = listener.withLock { $0 }
        try? await listener?.close()
        for channel in connections.withLock({ Array($0.values) }) { channel.close(promise: nil) }
        try? await group.shutdownGracefully()
        // What another process has there stays.
        if listener != nil { unlink(path) }
    }
}

/// Why there is no socket for PowerDNS.
public enum BackendSocketFault: Error, Hashable, CustomStringConvertible {
    /// There is no such group, or we may not give it anything.
    case isNoGroup(String)

    /// What an operator reads.
    public var description: String {
        switch self {
        case .isNoGroup(let name): "the socket cannot be given to the group \(name) (backend-group)"
        }
    }
}

/// One connection of PowerDNS's: questions one after the other.
private final class BackendHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let desk: BackendDesk
    private var framer = BackendFramer()

    init(_ desk: BackendDesk) {
        self.desk = desk
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let questions = framer.push(unwrapInboundIn(data).readableBytesView) else {
            context.close(promise: nil)
            return
        }
        for question in questions {
            let answer = desk.answer(question)
            var buffer = context.channel.allocator.buffer(capacity: answer.utf8.count + 1)
            buffer.writeString(answer)
            buffer.writeInteger(UInt8(ascii: "\n"))
            context.write(wrapOutboundOut(buffer), promise: nil)
        }
        context.flush()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

import NIOCore
import NIOPosix

/// A request of a client of PostgreSQL to stop a statement of another connection, on its way to a server.
enum CancelRequest {
    /// Hands it to a server, which closes the connection when it has done what it can.
    ///
    /// The client takes the end of its own connection for a sign of that, and goes on: a request that comes late would stop
    /// what it asks for next.
    ///
    /// - Parameter time: How long connecting may take, and then the server.
    /// - Returns: What ends when the server has done it.
    static func send(
        _ message: ByteBuffer,
        to host: String,
        port: Int,
        on loop: any EventLoop,
        within time: TimeAmount
    ) -> EventLoopFuture<Void> {
        ClientBootstrap(group: loop).connectTimeout(time).connect(host: host, port: port)
            .flatMap { channel -> EventLoopFuture<Void> in
                let deadline = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
                channel.closeFuture.whenComplete { _ in deadline.cancel() }
                channel.writeAndFlush(message, promise: nil)
                return channel.closeFuture
            }
    }
}

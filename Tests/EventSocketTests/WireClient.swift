import NIOCore
import NIOPosix

/// A client on a real connection; it reads only when it is asked to.
final class WireClient {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var buffer: [UInt8] = []

    /// Connects, runs the test, and closes.
    static func with(
        host: String = "127.0.0.1",
        port: Int?,
        _ body: (WireClient) async throws -> Void
    ) async throws {
        let stream = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: host, port: port ?? 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await stream.executeThenClose { inbound, outbound in
            try await body(WireClient(inbound, outbound))
        }
    }

    private init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        iterator = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    func write(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    /// Everything up to the first place where the text stands.
    func read(until text: String) async throws -> String {
        let wanted = Array(text.utf8)
        var searched = 0
        while true {
            if let range = buffer[searched...].firstRange(of: wanted) {
                defer { buffer.removeFirst(range.upperBound) }
                return String(decoding: buffer[..<range.upperBound], as: UTF8.self)
            }
            searched = max(buffer.count - wanted.count, 0)
            guard let bytes = try await iterator.next(isolation: #isolation) else {
                throw Ended(before: String(decoding: buffer, as: UTF8.self))
            }
            buffer += Array(buffer: bytes)
        }
    }

    /// Everything until the server closes.
    func readToEnd() async throws -> String {
        while let bytes = try await iterator.next(isolation: #isolation) { buffer += Array(buffer: bytes) }
        return String(decoding: buffer, as: UTF8.self)
    }

    struct Ended: Error {
        let before: String
    }
}

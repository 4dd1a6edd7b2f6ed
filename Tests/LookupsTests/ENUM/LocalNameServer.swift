import Base
import DNSMessage
import NIOCore
import NIOPosix
import Synchronization

/// A name server on loopback that says what a test has it say, over UDP and over TCP.
final class LocalNameServer: Sendable {
    /// What comes back for a question: messages, and whatever else bytes can be.
    typealias Answers = @Sendable (_ question: DNSMessage, _ isStream: Bool) -> [[UInt8]]

    /// Where it is.
    let endpoint: IPEndpoint
    private let channels: [any Channel]
    private let counter = QuestionCounter()

    /// How many questions came over UDP, and over TCP.
    var counts: (datagrams: Int, streams: Int) {
        (counter.datagrams.load(ordering: .relaxed), counter.streams.load(ordering: .relaxed))
    }

    /// Begins to listen.
    init(_ answers: @escaping Answers) async throws {
        channels = try await Self.listen(answers, counter)
        endpoint = IPEndpoint(.loopbackV4, port: UInt16(truncatingIfNeeded: channels.first?.localAddress?.port ?? 0))
    }

    /// Sockets of both kinds at one port; what is free for datagrams may not be for connections.
    private static func listen(_ answers: @escaping Answers, _ counter: QuestionCounter) async throws -> [any Channel] {
        var attempts = 0
        while true {
            attempts += 1
            let datagrams = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramAnswers(answers, counter))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            do {
                let streams = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .childChannelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(StreamAnswers(answers, counter))
                        }
                    }
                    .bind(host: "127.0.0.1", port: datagrams.localAddress?.port ?? 0).get()
                return [datagrams, streams]
            } catch {
                try await datagrams.close()
                guard attempts < 50 else { throw error }
            }
        }
    }

    /// Ends listening.
    func stop() async {
        for channel in channels { try? await channel.close() }
    }
}

/// Counts questions, from anywhere.
private final class QuestionCounter: Sendable {
    let datagrams = Atomic<Int>(0)
    let streams = Atomic<Int>(0)
}

private final class DatagramAnswers: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let answers: LocalNameServer.Answers
    private let counter: QuestionCounter

    init(_ answers: @escaping LocalNameServer.Answers, _ counter: QuestionCounter) {
        (self.answers, self.counter) = (answers, counter)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let question = try? DNSMessage(parsing: Array(envelope.data.readableBytesView)) else { return }
        counter.datagrams.add(1, ordering: .relaxed)
        for answer in answers(question, false) {
            let buffer = context.channel.allocator.buffer(bytes: answer)
            let reply = AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: buffer)
            context.write(wrapOutboundOut(reply), promise: nil)
        }
        context.flush()
    }
}

private final class StreamAnswers: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answers: LocalNameServer.Answers
    private let counter: QuestionCounter
    private var pending = ByteBuffer()

    init(_ answers: @escaping LocalNameServer.Answers, _ counter: QuestionCounter) {
        (self.answers, self.counter) = (answers, counter)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        pending.writeBuffer(&buffer)
        guard let length = pending.getInteger(at: pending.readerIndex, as: UInt16.self),
            pending.readableBytes >= Int(length) + 2
        else { return }
        pending.moveReaderIndex(forwardBy: 2)
        guard let question = try? DNSMessage(parsing: pending.readBytes(length: Int(length)) ?? []) else { return }
        counter.streams.add(1, ordering: .relaxed)
        let found = answers(question, true)
        for answer in found {
            var output = context.channel.allocator.buffer(capacity: answer.count + 2)
            output.writeInteger(UInt16(truncatingIfNeeded: answer.count))
            output.writeBytes(answer)
            // In two pieces, as networks bring them.
            if let head = output.readSlice(length: 1) { context.writeAndFlush(wrapOutboundOut(head), promise: nil) }
            context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        }
        if found.isEmpty { context.close(promise: nil) }
    }
}

extension DNSMessage {
    /// The answer to a question, as bytes.
    func answer(_ records: [RecordData] = [], _ change: (inout DNSMessage) -> Void = { _ in }) -> [UInt8] {
        var answer = DNSMessage(id: id, flags: Flag.response)
        answer.questions = questions
        if let name = questions.first?.name { answer.answers = records.map { ResourceRecord(name, ttl: 60, $0) } }
        change(&answer)
        return answer.serialized() ?? []
    }
}

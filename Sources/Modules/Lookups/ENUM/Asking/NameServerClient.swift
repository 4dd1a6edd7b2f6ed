import Base
import DNSMessage
import NIOCore
import NIOPosix

/// Asks name servers over UDP, one after the other until one of them answers, and over TCP for what does not fit.
struct NameServerClient: NameAsking {
    /// How many questions may be on their way at once.
    static let maximumQuestions = 256
    /// How long all servers together may take for one question, whatever is configured.
    static let patience = Duration.seconds(15)
    /// How many bytes are taken in one datagram: what reaches everybody in one piece.
    private static let payloadSize: UInt16 = 1232

    private let group: any EventLoopGroup
    private let questions = Turnstile(limit: Self.maximumQuestions)

    /// A client on some loops.
    init(group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) {
        self.group = group
    }

    func ask(_ question: DNSQuestion, _ plan: NameServerPlan) async throws(NameServerFault) -> DNSMessage {
        guard questions.enter() else { throw .tooManyQuestions }
        defer { questions.leave() }
        let servers = plan.isRandom ? plan.servers.shuffled() : plan.servers
        let end = MonotonicInstant.now + Self.patience
        var fault = NameServerFault.withoutServers
        for _ in 0..<plan.rounds {
            for server in servers {
                let left = end - MonotonicInstant.now
                guard left > .zero else { throw .timedOut }
                do throws(NameServerFault) {
                    return try await ask(question, server, within: min(plan.timeout, left))
                } catch {
                    guard error != .cancelled else { throw error }
                    fault = error
                }
            }
        }
        throw fault
    }

    private func ask(
        _ question: DNSQuestion,
        _ server: IPEndpoint,
        within limit: Duration
    ) async throws(NameServerFault) -> DNSMessage {
        // Whoever wants to answer in the place of the server has to guess the number, and the port, which is new each time.
        var message = DNSMessage(id: UInt16.random(in: .min ... .max), flags: DNSMessage.Flag.recursionDesired)
        message.questions = [question]
        message.edns = EDNS(payloadSize: Self.payloadSize)
        guard let bytes = message.serialized() else { throw .malformed }
        let end = MonotonicInstant.now + limit
        let asked = AskedQuestion(id: message.id, question: question, bytes: bytes)
        var answer = try await exchange(asked, server, within: limit, isStream: false)
        // RFC 7766 §5: what is there is not all.
        if answer.isTruncated {
            let left = max(.zero, end - MonotonicInstant.now)
            answer = try await exchange(asked, server, within: left, isStream: true)
        }
        switch answer.responseCode {
        case .noError, .nameError: return answer
        default: throw .refused(Int(answer.flags & 0xF))
        }
    }

    private func exchange(
        _ asked: AskedQuestion,
        _ server: IPEndpoint,
        within limit: Duration,
        isStream: Bool
    ) async throws(NameServerFault) -> DNSMessage {
        let loop = group.next()
        let answer = loop.makePromise(of: DNSMessage.self)
        let timer = loop.scheduleTask(in: TimeAmount(limit)) { answer.fail(NameServerFault.timedOut) }
        answer.futureResult.whenComplete { _ in timer.cancel() }
        let connecting: EventLoopFuture<any Channel>
        do {
            let address = try SocketAddress(ipAddress: "\(server.address)", port: Int(server.port))
            connecting = connect(asked, to: address, on: loop, within: limit, isStream: isStream, answer: answer)
        } catch {
            connecting = loop.makeFailedFuture(error)
        }
        connecting.whenFailure { _ in answer.fail(NameServerFault.unreachable) }
        // Whatever ends the exchange closes the socket.
        connecting.whenSuccess { channel in
            answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        do {
            return try await withTaskCancellationHandler {
                try await answer.futureResult.get()
            } onCancel: {
                answer.fail(NameServerFault.cancelled)
            }
        } catch let fault as NameServerFault {
            throw fault
        } catch {
            throw .unreachable
        }
    }

    private func connect(
        _ asked: AskedQuestion,
        to address: SocketAddress,
        on loop: any EventLoop,
        within limit: Duration,
        isStream: Bool,
        answer: EventLoopPromise<DNSMessage>
    ) -> EventLoopFuture<any Channel> {
        guard isStream else {
            return DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramExchange(asked, answer))
                    }
                }
                .connect(to: address)
        }
        return ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(limit))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StreamExchange(asked, answer))
                }
            }
            .connect(to: address)
    }
}

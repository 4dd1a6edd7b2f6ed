import Base
import Logging
import NIOCore
import SwitchCore

/// One connection: brings bytes to its machine and does what the machine says.
// @unchecked: confined to the server's event loop, which is the channel's.
final class ClientConnection: ChannelInboundHandler, EventReceiver, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    /// How many bytes may wait to be sent: above it events are dropped and requests are not done.
    static let waterMarks = ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 20, high: 4 << 20)
    /// How long the last words may take to be sent.
    private static let closingTime = TimeAmount.seconds(2)

    private let server: EventServer
    private let ended: @Sendable (_ resumesDialplan: Bool) -> Void
    private var machine: ConnectionMachine
    private(set) var channel: (any Channel)?
    /// When the connection was made.
    private(set) var since = NIODeadline.distantPast
    private var timer: Scheduled<Void>?
    private var isStepping = false
    private var isReading = true
    private var isClosing = false
    private var resumesDialplan = false
    private(set) var droppedCount = 0
    /// Clients that came later have higher ones.
    var number = 0

    /// A connection in a role.
    ///
    /// - Parameter ended: Told when the connection is over.
    init(
        _ role: ConnectionMachine.Role,
        server: EventServer,
        ended: @escaping @Sendable (_ resumesDialplan: Bool) -> Void = { _ in }
    ) {
        (self.server, self.ended) = (server, ended)
        machine = ConnectionMachine(role, settings: server.machineSettings)
    }

    /// Whether the client has not said yet who it is.
    var isStranger: Bool { machine.isStranger }
    /// The channel whose program this is.
    var controlledChannel: String? { machine.channel }

    // MARK: - The channel

    func channelActive(context: ChannelHandlerContext) {
        channel = context.channel
        since = context.eventLoop.now
        server.add(self)
        if machine.isStranger {
            let time = TimeAmount.nanoseconds(server.patience.authentication.wholeNanoseconds)
            timer = context.eventLoop.scheduleTask(in: time) { [weak self] in
                self?.machine.authenticationTimeEnded()
                self?.step()
            }
        }
        step()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        machine.received(unwrapInboundIn(data).readableBytesView)
        step()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        step()
    }

    func channelInactive(context: ChannelHandlerContext) {
        channel = nil
        timer?.cancel()
        server.remove(self)
        ended(resumesDialplan)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Completes when the connection is over.
    var closeFuture: EventLoopFuture<Void>? { channel?.closeFuture }

    // MARK: - From elsewhere

    /// Sends what several clients get; it is dropped and counted when this one does not read.
    func deliver(_ bytes: ByteBuffer, count: Int) {
        guard let channel, !isClosing else { return }
        guard channel.isWritable else {
            if droppedCount == 0 {
                server.softswitch.logger.warning("an event client does not read, it loses events")
            }
            droppedCount += count
            server.droppedCount += count
            return
        }
        channel.writeAndFlush(bytes, promise: nil)
    }

    /// The channel that the connection controls is over.
    func channelEnded(name: String) {
        server.events.deliver()
        machine.channelEnded(name: name)
        step()
    }

    /// Ends the connection with a notice.
    func close() {
        machine.close()
        step()
        guard !isClosing else { return }
        // It does not read: there is nobody to say goodbye to.
        channel?.close(promise: nil)
    }

    // MARK: - Doing what the machine says

    private func step() {
        guard !isStepping, let channel else { return }
        isStepping = true
        while channel.isWritable, !isClosing, let action = machine.next() { perform(action, on: channel) }
        isStepping = false
        channel.flush()
        let shallRead = !machine.isCrowded
        guard shallRead != isReading, !isClosing else { return }
        isReading = shallRead
        _ = channel.setOption(.autoRead, value: shallRead)
    }

    private func perform(_ action: ConnectionMachine.Action, on channel: any Channel) {
        switch action {
        case .send(let bytes): channel.write(ByteBuffer(bytes: bytes), promise: nil)
        case .close: closeAfterSending(channel)
        case .ask(let question, let number): ask(question, number)
        case .setInterest(let interest): server.events.setInterest(interest, of: self)
        case .setLogLevel(let level): server.log.setLevel(level, of: self)
        case .start(let job): start(job)
        case .resumeDialplan: resumesDialplan = true
        case .attach(let channel): server.attach(self, to: channel)
        case .linger(let seconds):
            timer = channel.eventLoop.scheduleTask(in: .seconds(Int64(seconds))) { [weak self] in
                self?.machine.lingerEnded()
                self?.step()
            }
        }
    }

    private func closeAfterSending(_ channel: any Channel) {
        isClosing = true
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
        channel.eventLoop.scheduleTask(in: Self.closingTime) { channel.close(promise: nil) }
    }

    private func ask(_ question: ConnectionMachine.Question, _ number: Int) {
        let server = server
        Task {
            let answer = await server.answer(to: question)
            server.execute {
                self.machine.answered(answer, to: number)
                self.step()
            }
        }
    }

    private func start(_ job: BackgroundJob) {
        let server = server
        Task {
            await job.run(on: server.softswitch)
            server.execute { self.machine.jobEnded() }
        }
    }
}

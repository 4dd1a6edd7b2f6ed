import Base
import FileReplication
import NIOCore
import NIOSSL
import Synchronization

/// Whoever has connections: knows the peers and the folders.
protocol PeerConnectionOwner: AnyObject, Sendable {
    /// The peer that has shown this; `nil` when it is none.
    func peer(showing certificate: ShownCertificate) -> PeerSettings?
    /// What this node says of itself to a peer.
    func hello(to peer: NodeName) -> PeerHello
    /// Where bytes of a peer are counted.
    func counters(of peer: NodeName) -> ByteCounters
    /// A connection is there, though nobody knows yet whether it is a peer's; false when none is wanted.
    func began(_ connection: PeerConnection) -> Bool
    /// A peer has introduced itself.
    ///
    /// - Parameters:
    ///   - granted: What it was told that it may touch.
    ///   - folders: Those of them that it has, by our numbers.
    /// - Returns: Channels for them.
    func opened(
        _ connection: PeerConnection,
        _ hello: PeerHello,
        granted: [String],
        folders: [Int: String]
    ) throws(PeerFault) -> [Int: FolderChannel]
    /// A connection has ended.
    func closed(_ connection: PeerConnection, _ fault: PeerFault)
}

/// One connection to a peer: carries out what its ``PeerSession`` says.
// @unchecked: everything that changes belongs to the channel's loop, but for the mailbox and the round trip.
final class PeerConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How many bytes are handed to the socket together.
    private static let flushStep = 64 << 10

    /// What others want done.
    private enum Note {
        case send(OutgoingMessage, folder: Int)
        case consumed(Int, folder: Int)
        case limit(LinkRates, [String: LinkRates])
        case end(PeerFault)
    }

    private struct Mailbox {
        var notes: [Note] = []
        var isAwake = false
    }

    /// Whether this node made it.
    let isOutgoing: Bool
    /// When it was made.
    let began: MonotonicInstant
    private let owner: any PeerConnectionOwner
    private let channel: any Channel
    private let counter: WireCounter
    private let tls: NIOSSLHandler
    private let check: CertificateCheck
    private let mailbox = Mutex(Mailbox())
    private let measured = Mutex<Duration?>(nil)
    /// Who is called, or has called, as far as that is known.
    private(set) var peer: PeerSettings?
    private var session: PeerSession?
    private var context: ChannelHandlerContext?
    private var folders: [Int: FolderChannel] = [:]
    private var rates: (LinkRates, [String: LinkRates])?
    private var timer: (deadline: MonotonicInstant, task: Scheduled<Void>)?
    private var waits: MonotonicInstant?
    private var isOver = false

    /// - Parameter peer: Who is called; `nil` for a connection that somebody made to this node.
    init(
        _ channel: any Channel,
        to peer: PeerSettings?,
        counter: WireCounter,
        tls: NIOSSLHandler,
        check: CertificateCheck,
        owner: any PeerConnectionOwner,
        now: MonotonicInstant = .now
    ) {
        (self.channel, self.peer, self.counter, self.tls, self.owner) = (channel, peer, counter, tls, owner)
        self.check = check
        (isOutgoing, began) = (peer != nil, now)
    }

    /// How long a question and its answer took lately.
    var roundTrip: Duration? { measured.withLock { $0 } }

    /// Where the peer is.
    var remoteAddress: String { channel.remoteAddress?.place ?? "" }

    // MARK: - From anywhere

    /// A message is to go.
    func enqueue(_ message: OutgoingMessage, folder: Int) { post(.send(message, folder: folder)) }

    /// A message has been dealt with.
    func consumed(_ cost: Int, folder: Int) { post(.consumed(cost, folder: folder)) }

    /// How fast things go and come, from now on.
    func limit(_ total: LinkRates, _ folders: [String: LinkRates]) { post(.limit(total, folders)) }

    /// Ends it.
    func end(_ fault: PeerFault) { post(.end(fault)) }

    private func post(_ note: Note) {
        let isFirst = mailbox.withLock { mailbox in
            mailbox.notes.append(note)
            defer { mailbox.isAwake = true }
            return !mailbox.isAwake
        }
        if isFirst { channel.eventLoop.execute { self.readNotes() } }
    }

    private func readNotes() {
        let notes = mailbox.withLock { mailbox in
            defer { mailbox = Mailbox() }
            return mailbox.notes
        }
        for note in notes where !isOver {
            switch note {
            case .send(let message, let folder): session?.send(message, folder: folder)
            case .consumed(let count, let folder): session?.consumed(count, folder: folder)
            case .limit(let total, let folders):
                rates = (total, folders)
                session?.limit(total, folders, now: .now)
            case .end(let fault): finish(fault)
            }
        }
        pump()
    }

    // MARK: - The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin() }
    }

    func channelActive(context: ChannelHandlerContext) { begin() }

    private func begin() {
        guard owner.began(self) else { return finish(.ended) }
        // The handshake is part of what a peer has to do in time.
        arm(began + PeerSession.helloPatience)
        guard let peer else { return }
        introduce(to: peer)
    }

    /// TLS keeps what is written until the peer has shown its certificate.
    private func introduce(to peer: PeerSettings) {
        guard session == nil else { return }
        self.peer = peer
        counter.counters = owner.counters(of: peer.name)
        session = PeerSession(own: owner.hello(to: peer.name), expected: peer.name.text, now: began)
        if let rates { session?.limit(rates.0, rates.1, now: .now) }
        pump()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        do throws(PeerFault) {
            try identify()
            try session?.received(unwrapInboundIn(data).readableBytesView, now: .now)
            try handleEvents()
        } catch {
            return finish(error)
        }
        measured.withLock { $0 = session?.roundTrip ?? $0 }
        pump()
    }

    /// Bytes come only when the handshake is over: the peer has shown its certificate, and has its key.
    private var isIdentified = false

    private func identify() throws(PeerFault) {
        guard !isIdentified else { return }
        let shown = ShownCertificate(tls.peerCertificate)
        guard let shown, let found = owner.peer(showing: shown) else {
            throw .unknownCertificate(shown?.fingerprint)
        }
        guard peer == nil || peer?.name == found.name else { throw .unknownCertificate(shown.fingerprint) }
        isIdentified = true
        introduce(to: found)
    }

    private func handleEvents() throws(PeerFault) {
        for event in session?.popEvents() ?? [] {
            switch event {
            case .opened(let hello, let names):
                folders = try owner.opened(self, hello, granted: session?.granted ?? [], folders: names)
            case .message(let folder, let message): folders[folder]?.deliver(message)
            }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { pump() }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.closed("the connection ended"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(fault(for: error)) }

    /// Why TLS failed, in words that say what is to be done about it.
    private func fault(for error: any Error) -> PeerFault {
        if let refused = check.refused { return .unknownCertificate(refused) }
        let text = "\(error)"
        let isRefused = text.contains("ALERT") && text.contains("CERT")
        return .closed(isRefused ? "the peer does not know the certificate of this node" : text)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: - What goes

    /// Sends what may go, as long as the socket takes it.
    private func pump() {
        guard !isOver, let context, session != nil else { return }
        let now = MonotonicInstant.now
        var (written, isFlushed) = (0, true)
        waits = nil
        sending: while channel.isWritable {
            switch session?.next(now: now) ?? .nothing {
            case .frame(let frame):
                write(frame, context)
                (written, isFlushed) = (written + frame.payload.count, false)
                if frame.kind == .message { folders[Int(frame.folder)]?.noteSent(frame) }
                guard written >= Self.flushStep else { continue }
                context.flush()
                (written, isFlushed) = (0, true)
            case .wait(let deadline):
                waits = deadline
                break sending
            case .nothing: break sending
            }
        }
        if !isFlushed { context.flush() }
        rearm()
    }

    private func write(_ frame: PeerFrame, _ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: PeerFrame.headLength + frame.payload.count)
        buffer.writeBytes(frame.head)
        buffer.writeBytes(frame.payload)
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    // MARK: - Time

    private func rearm() {
        guard !isOver, let session else { return }
        arm(min(session.nextDeadline, waits ?? session.nextDeadline))
    }

    /// One timer, which may go off too early and is set again then.
    private func arm(_ deadline: MonotonicInstant) {
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let delay = TimeAmount.nanoseconds(max(0, (deadline - .now).wholeNanoseconds))
        let task = channel.eventLoop.scheduleTask(in: delay) { self.timerFired() }
        timer = (deadline, task)
    }

    private func timerFired() {
        timer = nil
        guard !isOver else { return }
        guard session != nil else { return finish(.noHello) }
        do throws(PeerFault) {
            try session?.tick(now: .now)
        } catch {
            return finish(error)
        }
        pump()
    }

    // MARK: - The end

    private func finish(_ fault: PeerFault) {
        guard !isOver else { return }
        isOver = true
        timer?.task.cancel()
        timer = nil
        if let context, isIdentified, fault.isTold {
            write(PeerFrame(.goodbye, Array("\(fault)".utf8.prefix(PeerFault.longestText))[...]), context)
            context.flush()
        }
        for folder in folders.values { folder.finish() }
        folders = [:]
        owner.closed(self, fault)
        channel.close(promise: nil)
    }
}

extension SocketAddress {
    /// As configurations have it.
    var place: String { PeerAddress(host: ipAddress ?? "", port: port ?? 0).description }
}

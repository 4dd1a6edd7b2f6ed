import Base
import SIPTransport

/// The host names that a profile asks for: what is being looked up, and what was found of late.
///
/// Whoever sends an INVITE chooses the names in its Contact and Record-Route, and may choose slow ones. So a few of
/// those are looked up at a time, and what is beyond that counts as not found; every table has its limit.
// @unchecked: confined to `loop`.
final class HostLookUps: @unchecked Sendable {
    /// Who wants to know.
    enum Purpose {
        /// A call that the dialplan makes.
        case call
        /// A gateway that registers or is asked whether it is there: all of them may begin at once.
        case gateway
        /// The dialog, or the redirected call, of a peer that chose the name.
        case dialog

        /// How many names a profile looks up at the same time.
        var limit: Int {
            switch self {
            case .call, .gateway: 32
            case .dialog: 2
            }
        }

        /// How many may wait for one name already when one more begins to.
        var waitingLimit: Int {
            switch self {
            case .call, .gateway: 1024
            case .dialog: 64
            }
        }
    }

    private struct Pending {
        let purpose: Purpose
        var waiting: [@Sendable ([IPAddress]) -> Void]
    }

    private struct Answer {
        let addresses: [IPAddress]
        let until: MonotonicInstant
    }

    private let loop: any Loop
    private let transport: any SIPTransport
    private let peers: Turnstile
    private var pending: [String: Pending] = [:]
    private var answers: [String: Answer] = [:]

    /// How many names that peers chose are looked up at the same time for all profiles together.
    ///
    /// A name server that says nothing keeps a thread of the resolver for long, and there are eight: the calls that the
    /// dialplan makes need some, however many profiles there are.
    static let peerLimit = 4
    /// How many answers are kept.
    private static let answerLimit = 256
    /// How long an answer counts; the system's resolver does not tell how long it could.
    private static let answerTime = Duration.seconds(30)
    /// The same for a name that was not found.
    private static let failureTime = Duration.seconds(5)

    /// - Parameter peers: For names that peers chose; all profiles share it.
    init(loop: any Loop, transport: any SIPTransport, peers: Turnstile) {
        (self.loop, self.transport, self.peers) = (loop, transport, peers)
    }

    /// Gives the addresses of a name to `done`, on the loop: at once when they are known, and none when they cannot be
    /// found or too much is being looked up already.
    func lookUp(_ name: String, for purpose: Purpose, _ done: @escaping @Sendable ([IPAddress]) -> Void) {
        let name = name.lowercased()
        if let answer = answers[name], answer.until > loop.now { return done(answer.addresses) }
        if var known = pending[name] {
            guard known.waiting.count < purpose.waitingLimit else { return done([]) }
            known.waiting.append(done)
            pending[name] = known
            return
        }
        guard pending.values.count(where: { $0.purpose == purpose }) < purpose.limit else { return done([]) }
        if purpose == .dialog, !peers.enter() { return done([]) }
        pending[name] = Pending(purpose: purpose, waiting: [done])
        // One task for a name, however many ask for it.
        Task.immediate(executorPreference: loop) {
            let addresses = await transport.resolve(name)
            if purpose == .dialog { self.peers.leave() }
            self.found(addresses, for: name)
        }
    }

    private func found(_ addresses: [IPAddress], for name: String) {
        makeRoom()
        let time = addresses.isEmpty ? Self.failureTime : Self.answerTime
        answers[name] = Answer(addresses: addresses, until: loop.now + time)
        for done in pending.removeValue(forKey: name)?.waiting ?? [] { done(addresses) }
    }

    /// Forgets what counts no longer, or else the answer that counts for the shortest time.
    private func makeRoom() {
        guard answers.count >= Self.answerLimit else { return }
        answers = answers.filter { $0.value.until > loop.now }
        guard answers.count >= Self.answerLimit, let oldest = answers.min(by: { $0.value.until < $1.value.until })
        else { return }
        answers[oldest.key] = nil
    }
}

import Base

/// One server transaction in the user agent's table: its machine, its request and the last response to it.
final class ServerTransaction {
    /// What the request is for.
    enum Owner {
        /// A request outside of calls that the driver answers.
        case request
        /// The INVITE that begins a call.
        case invite(CallHandle)
        /// An INVITE inside a dialog.
        case reinvite(CallHandle)
        /// A request inside a dialog that the driver answers.
        case inDialog(CallHandle)
        /// A request that the user agent has answered itself.
        case answered

        /// The call that lives at least as long as the transaction.
        var call: CallHandle? {
            switch self {
            case .invite(let call), .reinvite(let call), .inDialog(let call): call
            case .request, .answered: nil
            }
        }
    }

    let id: UInt64
    let key: ServerTransactionKey
    /// Where responses go (RFC 3261 §18.2.2, RFC 3581 §4).
    let path: SIPPath
    /// Where the request came from, for its top Via.
    let source: IPEndpoint
    /// The request, until it has been answered for good.
    var request: SIPMessage?
    /// The tag that our responses put into To.
    let toTag: String?
    let owner: Owner
    var mergedKey: MergedRequestKey?
    var machine: ServerTransactionMachine
    /// The last response, to be repeated; empty before the first.
    var response: [UInt8] = []
    /// The deadline that is in the timer queue; later ones there are stale.
    var scheduled: MonotonicInstant?

    init(
        id: UInt64,
        key: ServerTransactionKey,
        path: SIPPath,
        source: IPEndpoint,
        request: SIPMessage,
        toTag: String?,
        owner: Owner,
        timing: TransactionTiming
    ) {
        (self.id, self.key, self.path, self.source) = (id, key, path, source)
        self.request = request
        (self.toTag, self.owner) = (toTag, owner)
        machine = request.method == .invite ? .invite(.proceeding) : .nonInvite(.init(timing))
    }
}

/// Either of the two server machines.
enum ServerTransactionMachine: ~Copyable {
    case invite(ServerInviteTransaction)
    case nonInvite(ServerNonInviteTransaction)

    var phase: TransactionPhase {
        switch self {
        case .invite(let machine): machine.phase
        case .nonInvite(let machine): machine.phase
        }
    }

    var deadline: MonotonicInstant? {
        switch self {
        case .invite(let machine): machine.deadline
        case .nonInvite(let machine): machine.deadline
        }
    }

    func receivedRepetition() -> OnServerRequest {
        switch self {
        case .invite(let machine): machine.receivedRepetition()
        case .nonInvite(let machine): machine.receivedRepetition()
        }
    }

    mutating func receivedACK(_ timing: TransactionTiming) {
        switch consume self {
        case .invite(var machine):
            machine.receivedACK(timing)
            self = .invite(machine)
        case .nonInvite(let machine):
            self = .nonInvite(machine)
        }
    }

    mutating func respond(status: Int, _ timing: TransactionTiming) -> OnServerRespond {
        switch consume self {
        case .invite(var machine):
            let result = machine.respond(status: status, timing)
            self = .invite(machine)
            return result
        case .nonInvite(var machine):
            let result = machine.respond(status: status, timing)
            self = .nonInvite(machine)
            return result
        }
    }

    mutating func timerFired(_ timing: TransactionTiming) -> OnServerTimer {
        switch consume self {
        case .invite(var machine):
            let result = machine.timerFired(timing)
            self = .invite(machine)
            return result
        case .nonInvite(var machine):
            machine.timerFired(timing)
            self = .nonInvite(machine)
            return .none
        }
    }
}

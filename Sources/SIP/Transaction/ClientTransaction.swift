import Base

/// One client transaction in the user agent's table: its machine, its request and whom it belongs to.
final class ClientTransaction {
    /// Whom the outcome is reported to.
    enum Owner {
        /// A request of the driver's outside of calls; kept to be repeated with credentials.
        case request(TransactionHandle, OutgoingRequest)
        /// The INVITE that begins a call.
        case invite(CallHandle)
        /// An INVITE inside a dialog.
        case reinvite(CallHandle, InDialogRequest)
        /// The driver's request inside a dialog.
        case inDialog(CallHandle, TransactionHandle, InDialogRequest)
        /// A BYE; nobody waits for the outcome.
        case bye(CallHandle, InDialogRequest)
        /// A CANCEL; nobody waits for the outcome.
        case cancel(CallHandle)

        /// The call that lives at least as long as the transaction.
        var call: CallHandle? {
            switch self {
            case .request: nil
            case .invite(let call), .reinvite(let call, _), .inDialog(let call, _, _), .bye(let call, _),
                .cancel(let call):
                call
            }
        }
    }

    let key: ClientTransactionKey
    let request: SIPMessage
    let path: SIPPath
    let owner: Owner
    var authentication: ClientAuthentication
    var machine: ClientTransactionMachine
    /// The ACK to a final response of 300 or more, to be repeated.
    var acknowledgement: [UInt8] = []
    /// The deadline that is in the timer queue; later ones there are stale.
    var scheduled: MonotonicInstant?

    init(
        _ key: ClientTransactionKey,
        request: SIPMessage,
        path: SIPPath,
        owner: Owner,
        authentication: ClientAuthentication,
        timing: TransactionTiming,
        patience: Duration?
    ) {
        (self.key, self.request, self.path, self.owner) = (key, request, path, owner)
        self.authentication = authentication
        machine =
            request.method == .invite ? .invite(.init(timing, patience: patience)) : .nonInvite(.init(timing))
    }
}

/// A request inside a dialog as it was asked for, so that it can be sent again with credentials or after a glare.
struct InDialogRequest: Sendable {
    var method: SIPMethod
    var headers: [SIPHeaderLine] = []
    var body: SIPBody?
}

/// Either of the two client machines.
enum ClientTransactionMachine: ~Copyable {
    case invite(ClientInviteTransaction)
    case nonInvite(ClientNonInviteTransaction)

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

    mutating func received(status: Int, _ timing: TransactionTiming) -> OnClientResponse {
        switch consume self {
        case .invite(var machine):
            let result = machine.received(status: status, timing)
            self = .invite(machine)
            return result
        case .nonInvite(var machine):
            let result = machine.received(status: status, timing)
            self = .nonInvite(machine)
            return result
        }
    }

    mutating func timerFired(_ timing: TransactionTiming) -> OnClientTimer {
        switch consume self {
        case .invite(var machine):
            let result = machine.timerFired(timing)
            self = .invite(machine)
            return result
        case .nonInvite(var machine):
            let result = machine.timerFired(timing)
            self = .nonInvite(machine)
            return result
        }
    }

    /// - Returns: whether the user agent has to be told.
    mutating func transportFailed() -> Bool {
        switch consume self {
        case .invite(var machine):
            let result = machine.transportFailed()
            self = .invite(machine)
            return result
        case .nonInvite(var machine):
            let result = machine.transportFailed()
            self = .nonInvite(machine)
            return result
        }
    }

    mutating func abandon() {
        switch consume self {
        case .invite(var machine):
            machine.abandon()
            self = .invite(machine)
        case .nonInvite(let machine):
            self = .nonInvite(machine)
        }
    }
}

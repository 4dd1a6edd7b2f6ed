import Base

/// One call in the user agent's table: an INVITE usage, its dialogs, and the INVITEs inside them.
final class Call {
    let handle: CallHandle
    let callID: String
    let localTag: String
    /// Which side of the first INVITE we are on.
    let isCaller: Bool
    /// Our Contact.
    let contact: NameAddress
    /// Where the peer's last message came from.
    var source: SIPFlow
    /// The way to the dialog's next hop; without it requests go where the peer was heard last.
    var hop: SIPPath?

    /// The caller's side; ended for a callee.
    var client: ClientInviteUsage
    /// The callee's side; ended for a caller.
    var server: ServerInviteUsage
    /// INVITEs inside the dialog.
    var reinvite = ReinviteUsage.idle

    /// The dialog: for a caller, that of the first 2xx.
    var dialog: Dialog?
    /// A caller's other dialogs: early ones, and those of further 2xx that were ended at once.
    var forks: [Dialog] = []

    /// The call as it was asked for, until it has been answered.
    var outgoing: OutgoingInvite?
    /// Our first INVITE as it was sent last.
    var clientInvite: ClientTransaction?
    /// The peer's first INVITE.
    var serverInvite: ServerTransaction?
    /// The number of the first INVITE, ours as it was sent last or the peer's.
    var inviteCSeq: UInt32
    /// The number of our last INVITE inside the dialog.
    var reinviteCSeq: UInt32 = 0
    /// The credentials of our last INVITE, which its ACK repeats (RFC 3261 §22.1).
    var inviteAuthorization: [SIPHeaderLine] = []
    /// The 2xx that is repeated until the ACK.
    var success: [UInt8] = []
    /// Headers that the driver wants in the CANCEL or BYE.
    var farewell: [SIPHeaderLine] = []
    var authentication: ClientAuthentication
    /// Whether the driver looks up who answers a challenge.
    var asksForAccount = false
    /// The challenges that wait for that.
    @Outlined var waiting: WaitingChallenges?

    /// How many transactions belong to the call; it stays in the table until they are gone.
    var transactions = 0
    /// Whether the driver has been told that the call is over.
    var isReported = false
    /// The deadline that is in the timer queue; later ones there are stale.
    var scheduled: MonotonicInstant?

    /// A call that we make.
    init(_ handle: CallHandle, outgoing: OutgoingInvite, callID: String, localTag: String, contact: NameAddress) {
        (self.handle, self.callID, self.localTag, self.contact) = (handle, callID, localTag, contact)
        isCaller = true
        client = .calling
        server = .ended
        source = outgoing.flow
        self.outgoing = outgoing
        inviteCSeq = 1
        authentication = ClientAuthentication(outgoing.account)
        asksForAccount = outgoing.asksForAccount && outgoing.account == nil
    }

    /// A call that we received.
    init(_ handle: CallHandle, dialog: Dialog, cseq: UInt32, flow: SIPFlow, contact: NameAddress) {
        (self.handle, callID, localTag, self.contact) = (handle, dialog.callID, dialog.localTag, contact)
        isCaller = false
        client = .ended
        server = .proceeding
        source = flow
        self.dialog = dialog
        inviteCSeq = cseq
        authentication = ClientAuthentication(nil)
    }

    /// Whether nothing but remaining transactions keeps the call.
    var isEnded: Bool { client.phase == .ended && server.phase == .ended }

    /// Whether the first INVITE has been answered with 2xx and acknowledged.
    var isConfirmed: Bool { client.phase == .confirmed || server.phase == .confirmed }

    /// The earliest deadline of the call's own timers.
    var deadline: MonotonicInstant? {
        [client.deadline, server.deadline, reinvite.deadline, waiting?.deadline].compactMap(\.self).min()
    }

    /// The dialog for requests of ours: the confirmed one, or the early one that was heard of last.
    var currentDialog: Dialog? { dialog ?? forks.last }

    /// Whether a request of the peer's with that From tag is inside one of the dialogs.
    func hasDialog(remoteTag: String) -> Bool {
        dialog?.remoteTag == remoteTag || forks.contains { $0.remoteTag == remoteTag }
    }

    /// Changes the dialog with that remote tag.
    func withDialog<Result>(remoteTag: String, _ change: (inout Dialog) -> Result) -> Result? {
        if dialog?.remoteTag == remoteTag, var changed = dialog {
            dialog = nil
            defer { dialog = changed }
            return change(&changed)
        }
        guard let position = forks.firstIndex(where: { $0.remoteTag == remoteTag }) else { return nil }
        return change(&forks[position])
    }

    /// Takes note of a dialog that a provisional response speaks of (RFC 3261 §12.1.2).
    func noteEarlyDialog(_ response: SIPMessage, invite: SIPMessage, limit: Int) {
        guard dialog == nil, let tag = response.toTag, !forks.contains(where: { $0.remoteTag == tag }),
            forks.count < limit
        else { return }
        forks.append(Dialog(invite: invite, response: response, localTag: localTag))
    }

    /// Makes the dialog of a 2xx the call's dialog and forgets the other early ones.
    func confirmDialog(_ response: SIPMessage, invite: SIPMessage) {
        var confirmed =
            forks.first { $0.remoteTag == response.toTag }
            ?? Dialog(invite: invite, response: response, localTag: localTag)
        confirmed.confirmed(by: response)
        confirmed.continued(from: invite.cseq)
        dialog = confirmed
        forks = []
    }

    /// Where requests inside the dialog are sent.
    var path: SIPPath { hop ?? SIPPath(source) }

    /// Where requests inside one of the dialogs are sent; the next hop is known of the call's own alone.
    func path(remoteTag: String) -> SIPPath {
        dialog == nil || dialog?.remoteTag == remoteTag ? path : SIPPath(source)
    }
}

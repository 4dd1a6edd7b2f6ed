import Base

/// What becomes of the caller when the other side has gone.
extension Session {
    func goOnAfterBridge(_ link: BridgeLink, _ cause: HangupCause) async {
        guard !isOver, !Task.isCancelled else { return }
        guard cause != .pickedOff else { return hangUp(cause) }
        if let next = takeNextPartner() { return await execute(next.application, next.data) }
        let destination = await link.other.destinationOfHeldParty
        guard !isOver, !Task.isCancelled else { return }
        let wish = variables["hangup_after_bridge"]
        if !link.isAnswered, goOnAfterCancel() { return }
        if !link.isAnswered {
            // An early bridge that was never answered is a call that failed.
            goOn(afterFailure: cause)
        } else if let destination {
            transfer(to: destination)
        }
        guard !isOver, state == .execute, !Task.isCancelled else { return }
        if wish?.lowercased() == "explicit" {
            hangUp(cause)
        } else if link.isAnswered && isTrue("park_after_bridge") || isTrue("park_after_early_bridge") {
            park()
        } else if let target = transferAfterBridge(isAnswered: link.isAnswered) {
            transfer(to: target.destination, dialplan: target.dialplan, context: target.context)
        } else if link.isAnswered, wish?.isTrueSetting == true {
            hangUp(cause)
        } else if let application = variables["exec_after_bridge_app"] {
            await execute(application, variables["exec_after_bridge_arg"] ?? "")
        }
    }

    /// A command wanted a bridge, and the other side went before it answered: the channel goes on with its extension
    /// (`uuid_bridge_continue_on_cancel`), or parks (`uuid_bridge_park_on_cancel`).
    ///
    /// - Returns: Whether it does one of them.
    private func goOnAfterCancel() -> Bool {
        guard state == .softExecute else { return false }
        if isTrue("uuid_bridge_continue_on_cancel"), let passage = history.passage(ofProfile: profile.index) {
            let rest = passage.route.actions.dropFirst(passage.lastExecuted.map { $0 + 1 } ?? 0)
            run(DialplanRoute(extensionName: passage.route.extensionName, actions: Array(rest)))
            return true
        }
        guard isTrue("uuid_bridge_park_on_cancel") else { return false }
        park()
        return true
    }

    private func transferAfterBridge(isAnswered: Bool) -> TransferTarget? {
        if isAnswered, let target = takeTransferAfterBridge("transfer_after_bridge") { return target }
        return takeTransferAfterBridge("transfer_after_early_bridge")
    }

    /// Where the party goes that this channel held when it ended (`hold_hangup_xfer_exten`).
    var destinationOfHeldParty: String? {
        endedOnHold ? variables["hold_hangup_xfer_exten"] : nil
    }
}

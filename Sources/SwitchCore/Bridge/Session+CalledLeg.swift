import Base
import MediaEngine

/// The called leg's side of a bridge.
extension Session {
    /// The variables that both sides of a bridge give each other (`bridge_export_vars`).
    func bridgeExports() -> [(name: String, value: String)] {
        exportedVariables(of: "bridge_export_vars")
    }

    /// Takes the place of a leg that was to be picked up: the channel belongs to whoever rings it from now on.
    ///
    /// - Returns: Whether it is still there.
    public func takesPlace(of request: OutgoingCall) -> Bool {
        guard !isOver else { return false }
        for entry in request.variables where entry.name != "origination_uuid" { setVariable(entry.name, entry.value) }
        observer = request.observer
        startHooks(.pickup)
        if isAnswered { observer?(self, .answered) }
        return true
    }

    /// Leaves the channel to whoever took it: its own applications are over.
    public func hibernate() {
        guard !isOver, state == .execute else { return }
        move(to: .hibernate)
    }

    /// The called leg takes part in a bridge: its progress goes to the caller from now on.
    func join(
        caller: Session,
        as callerProfile: CallerProfile,
        link: BridgeLink,
        exports: [(name: String, value: String)]
    ) {
        link.isAnswered = isAnswered
        link.media = audioForBridge
        link.codec = codec
        link.technology = leg?.technology ?? ""
        link.profile = profile
        link.presenceColumns = presenceColumns
        if let hangupCause {
            link.ended = hangupCause
            return
        }
        // Two may have taken the channel over at the same moment: the later one has it, and the other one goes on.
        if let partner, partner !== caller { leaveOriginator() }
        partner = caller
        lentKeyListeners = link.keyListeners
        observer = { [weak caller] _, report in
            guard let caller else { return }
            caller.loop.execute { caller.assumeIsolated { link.take(report, for: $0) } }
        }
        for (name, value) in exports { setVariable(name, value) }
        setBridgeVariables(partner: caller.id, channelName: callerProfile.channelName)
        otherLeg = OtherLeg(profile: callerProfile, direction: caller.direction, isOriginator: true)
        profile.times.bridged = softswitch.wallClock()
        move(to: .exchangeMedia)
        publishUpdate(bridgedTo: caller, callerProfile)
        callerTechnology = link.callerTechnology
        if isAnswered { leg?.bridged(with: link.callerTechnology) }
    }

    /// Lets the caller of the bridge talk to somebody else in the place of this channel, which only passes the call on.
    ///
    /// - Returns: Whether there is a caller that keeps the bridge; it asks the successor soon, or the bridge ends.
    public func giveWay(to successor: @escaping BridgeSuccessor) -> Bool {
        guard !isOver, partner != nil, !ownsBridge, let observer else { return false }
        observer(self, .replaced(by: successor))
        return true
    }

    /// The called leg's bridge is over, and somebody is about to send it elsewhere.
    ///
    /// - Returns: Whether it was that caller's; somebody may have taken the leg away meanwhile.
    @discardableResult
    func part(from caller: Session) -> Bool {
        guard partner === caller else { return false }
        (partner, observer, lentKeyListeners) = (nil, nil, [])
        media?.unbridge()
        setBridgeVariables(partner: nil, channelName: nil)
        return true
    }

    /// The called leg's bridge is over: it goes where its variables say, or ends, unless something else has taken it.
    ///
    /// - Parameter destination: Where it is sent because the caller left while it held the call.
    func leave(_ caller: Session, destination: String?) async {
        guard part(from: caller), !isOver, state == .exchangeMedia else { return }
        await runHooks(.postBridge)
        guard !isOver, state == .exchangeMedia else { return }
        if let next = takeNextPartner() {
            run(DialplanRoute(extensionName: next.application, actions: [next]))
        } else if isTrue("park_after_bridge") {
            park()
            startRunning()
        } else if let target = takeTransferAfterBridge("transfer_after_bridge") {
            divert(to: target)
        } else if let destination {
            divert(to: destination)
        } else if let application = variables["exec_after_bridge_app"] {
            let data = variables["exec_after_bridge_arg"] ?? ""
            let action = DialplanAction(application: application, data: data)
            run(DialplanRoute(extensionName: application, actions: [action]))
        } else if isAnswered {
            hangUp(.normalClearing)
        } else if await !runHooks(.orphanedBLeg) {
            // What the leg has for a caller who went away before the answer would keep it.
            hangUp(.originatorCancel)
        }
    }

    /// A destination `extension:dialplan:context` that counts once.
    func takeTransferAfterBridge(_ name: String) -> TransferTarget? {
        guard let target = variables[name] else { return nil }
        setVariable(name, nil)
        let parts = target.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard !parts[0].isEmpty else { return nil }
        return TransferTarget(
            parts[0],
            dialplan: parts.count > 1 ? parts[1] : nil,
            context: parts.count > 2 ? parts[2] : nil
        )
    }
}

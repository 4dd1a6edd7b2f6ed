import Base
import Logging
import MediaEngine
import XMLConfig

/// The walk of a channel through its states.
extension Session {
    /// Begins an inbound call: the channel is routed through the dialplan, or runs the applications that it is given.
    public func begin(_ route: DialplanRoute? = nil) {
        enterTable()
        move(to: .initializing)
        softswitch.events.publish(.channelCreate) { makeEvent(.channelCreate) }
        callState = .ringing
        pendingRoute = route
        move(to: route == nil ? .routing : .execute)
        startRunning()
    }

    /// Begins an outbound call: the channel waits for its far end, and for somebody to bridge or route it.
    public func beginOutgoing(_ request: OutgoingCall) {
        observer = request.observer
        history.originator = request.originatorProfile
        if let caller = request.originatorProfile {
            // Known from the beginning on, so that programs can tell who rings whom.
            let direction = request.originator?.direction ?? .inbound
            otherLeg = OtherLeg(profile: caller, direction: direction, isOriginator: true)
        }
        enterTable()
        move(to: .initializing)
        callState = .dialing
        softswitch.events.publish(.channelCreate) { makeEvent(.channelCreate) }
        softswitch.events.publish(.channelOutgoing) { makeEvent(.channelOutgoing) }
        softswitch.events.publish(.channelOriginate) { makeEvent(.channelOriginate) }
        move(to: .consumeMedia)
    }

    /// Runs the states that need a task: routing, executing, parking.
    func startRunning() {
        guard mainTask == nil, !isOver else { return }
        // One task per channel, not per message: everything that an application awaits happens in it.
        mainTask = Task(executorPreference: loop) { await self.run() }
    }

    private func run() async {
        while !isOver {
            let task = Task(executorPreference: loop) {
                await Session.$runningChannel.withValue(self.number) {
                    await LookUpRequester.$address.withValue(self.requesterAddress) { await self.runState() }
                }
            }
            stateTask = task
            await task.value
            stateTask = nil
        }
        await finishAfterRecordings()
    }

    /// Whose look-ups those of the channel are: whoever has called, also for a leg that is called for him.
    private var requesterAddress: String? {
        profile.networkAddress.isEmpty ? LookUpRequester.address : profile.networkAddress
    }

    private func runState() async {
        // Sent elsewhere before it began: what the channel does now is for the next task, which is not cancelled.
        guard !Task.isCancelled else { return }
        switch state {
        case .routing: await route()
        case .execute: await executeExtension()
        case .park: await runPark()
        case .softExecute: await runPendingWork()
        case .exchangeMedia, .consumeMedia, .hibernate, .reset:
            _ = try? await wait { $0.isOver || $0.needsTask }
        case .new, .initializing, .hangup, .reporting, .destroy, .none: return
        }
    }

    var needsTask: Bool { [.routing, .execute, .softExecute, .park].contains(state) }

    /// Asks for another state; an impossible one is logged and ignored, as in FreeSWITCH.
    public func move(to next: ChannelState) {
        guard state.allows(next) else {
            logger.warning("impossible state change", metadata: ["from": "\(state.name)", "to": "\(next.name)"])
            return
        }
        let previous = state
        state = next
        if next != .softExecute { joining = nil }
        softswitch.events.publish(.channelState) { makeEvent(.channelState) }
        if next == .routing { publishPresence(next.name) }
        if previous == .exchangeMedia || previous == .consumeMedia, needsTask { leaveOriginator() }
        notifyStateObservers()
        wake()
    }

    /// A called leg was sent elsewhere: whoever rang it or talks to it goes on without it.
    func leaveOriginator(_ report: LegReport = .left) {
        guard let observer else { return }
        self.observer = nil
        if partner != nil { setBridgeVariables(partner: nil, channelName: nil) }
        partner = nil
        lentKeyListeners = []
        media?.unbridge()
        observer(self, report)
    }

    /// Gives the channel applications to run, in the place of what it does; it ends after them.
    public func run(_ route: DialplanRoute) {
        guard !isOver else { return }
        pendingRoute = route
        divert(to: .execute)
    }

    /// Takes the channel out of what it does and into `next`, from outside of its task.
    func divert(to next: ChannelState) {
        guard !isOver else { return }
        joining = nil
        move(to: next)
        stateTask?.cancel()
        startRunning()
    }

    /// Ends the channel; the first cause counts, later ones are ignored.
    public func hangUp(_ cause: HangupCause) {
        guard hangupCause == nil else { return }
        hangupCause = cause
        endedOnHold = callState == .held
        profile.times.hungUp = softswitch.wallClock()
        stopHoldMusic()
        if endedOnHold { noteHoldEnded(at: profile.times.hungUp) }
        setVariable("hangup_cause", cause.name)
        setVariable("hangup_cause_q850", String(cause.q850))
        leg?.willHangUp()
        state = .hangup
        callState = .hangup
        softswitch.events.publish(.channelHangup) { makeEvent(.channelHangup) }
        publishPresence(cause == .loseRace ? "cancelled" : state.name)
        leg?.hangUp(cause: cause)
        media?.unbridge()
        observer?(self, .ended(cause))
        observer = nil
        notifyStateObservers()
        joining = nil
        stateTask?.cancel()
        hookTask?.cancel()
        mediaTrace?.cancel()
        keyTimer?.cancel()
        nextPartner?.requestHangUp(.originatorCancel)
        nextPartner = nil
        endDisplacements()
        stopDetectingTones()
        stopRingback()
        releaseWaiters()
        guard mainTask == nil else { return }
        guard !callRecordings.isEmpty else { return finish() }
        Task(executorPreference: loop) { await self.finishAfterRecordings() }
    }

    /// Ends the channel from any loop.
    public nonisolated func requestHangUp(_ cause: HangupCause) {
        if loop.isCurrent {
            assumeIsolated { $0.hangUp(cause) }
        } else {
            loop.execute { self.assumeIsolated { $0.hangUp(cause) } }
        }
    }

    /// The files of recordings are complete, and told of, before the channel is accounted for.
    private func finishAfterRecordings() async {
        await endRecordings()
        await runLeftActions()
        finish()
    }

    /// The channel's task is over, or there was none: what remains is to report and to let go of everything.
    private func finish() {
        guard state == .hangup else { return }
        guard hasMuchToReport || hasEndHooks else {
            settleTimes()
            move(to: .reporting)
            publishHangupComplete()
            return destroy()
        }
        Task(executorPreference: loop) { await self.reportAndDestroy() }
    }

    private func reportAndDestroy() async {
        await settle()
        await runEndHook(.hangup)
        move(to: .reporting)
        await report()
        destroy()
    }

    private func destroy() {
        media?.close()
        media = nil
        leg = nil
        partner = nil
        move(to: .destroy)
        softswitch.events.publish(.channelDestroy) { makeEvent(.channelDestroy) }
        leaveTable()
        tellEnd()
    }

    private func enterTable() {
        nameInVariables()
        isRegistered = true
        softswitch.sessions.insert(self, second: softswitch.wallClock() / 1_000_000)
        if let name = variables["origination_external_id"] { takeExternalID(name) }
        noteChange()
    }

    /// Is found by another name too, unless somebody has that.
    private func takeExternalID(_ name: String) {
        setVariable("origination_external_id", nil)
        guard softswitch.sessions.name(self, name) else {
            logger.critical("the external id is taken", metadata: ["id": "\(name)"])
            return
        }
        externalID = name
        setVariable("session_external_id", name)
    }

    private func leaveTable() {
        guard isRegistered else { return }
        isRegistered = false
        softswitch.sessions.remove(self, externalID, hangupCause ?? .none, wasAnswered: isAnswered)
        softswitch.scheduler.removeAll(of: id)
        softswitch.changes.note(channel: id)
    }
}

import Base
import MediaEngine

/// Where a channel is sent.
public struct TransferTarget: Sendable {
    /// The extension.
    public var destination: String
    /// The dialplan engines; the channel's own when `nil`.
    public var dialplan: String?
    /// The context; the channel's own when `nil`.
    public var context: String?

    /// A target.
    public init(_ destination: String, dialplan: String? = nil, context: String? = nil) {
        (self.destination, self.dialplan, self.context) = (destination, dialplan, context)
    }
}

/// Taking a channel out of what it does, for commands.
extension Session {
    /// What a channel does in the place of what it did.
    public typealias Work = @Sendable (isolated Session) async -> Void

    /// Takes the channel out of what it does and runs `work` in its place; the channel ends after that, unless it was
    /// sent elsewhere meanwhile.
    public func divert(running work: @escaping Work) {
        guard !isOver else { return }
        pendingWork = work
        divert(to: .softExecute)
    }

    func runPendingWork() async {
        guard let work = pendingWork else {
            _ = try? await wait { $0.isOver || $0.state != .softExecute || $0.pendingWork != nil }
            return
        }
        pendingWork = nil
        await work(self)
        guard !isOver, state == .softExecute, pendingWork == nil, !Task.isCancelled else { return }
        hangUp(.normalClearing)
    }

    /// Takes the channel out of what it does and parks it.
    public func divertToPark() {
        preAnswer()
        divert(to: .park)
    }

    /// Sends the channel elsewhere from outside of its own task, interrupting what it does.
    public func divert(to target: TransferTarget) {
        divert(to: target.destination, dialplan: target.dialplan, context: target.context)
    }

    /// Sends the channel and the one that it is bridged to elsewhere, so that neither ends for the other's sake.
    ///
    /// - Returns: Whether there was a partner; the channel itself is sent elsewhere in any case.
    @discardableResult
    public nonisolated func divertBoth(to target: TransferTarget, partnerTo other: TransferTarget) async -> Bool {
        guard let partner = await partner else {
            await divert(to: target)
            return false
        }
        // The caller's leg first: it would take the other's leaving for the end of the bridge.
        var legs = [(self, target), (partner, other)]
        if await !ownsBridge { legs.reverse() }
        for (leg, target) in legs {
            await leg.sparePartner()
            await leg.divert(to: target)
        }
        return true
    }

    /// Bridges the channel with another that is up, whatever the two do; this one is the calling side.
    ///
    /// - Returns: Whether both are still there to be bridged.
    public nonisolated func takeOver(_ other: Session) async -> Bool {
        guard other !== self, await !isOver, await !other.isOver else { return false }
        if await partner === other {
            // The bridge that they have must not end them.
            await sparePartner()
            await other.sparePartner()
            // Whose bridge it is would take the other's leaving for its end, and go on.
            if await other.ownsBridge { await other.interrupt(.normalClearing) }
        }
        await divert { session in
            guard await session.claim(other) else { return }
            session.noteTransfer("uuid_br", other.id)
            await other.noteTransfer("uuid_br", session.id)
            try? await session.bridge(with: other)
        }
        return true
    }

    /// The bridge that the channel began ends without ending the other side.
    func sparePartner() {
        sparesPartner = ownsBridge
    }

    /// Takes another channel away from whatever it does, and from whoever it talks to, and waits until nothing of that is left.
    ///
    /// Of several who take the same one at the same moment the last one has it; of two who take each other, the older one has
    /// the other.
    ///
    /// - Parameter cause: What becomes of a caller whose called leg is taken away.
    /// - Returns: Whether it is there and this channel's. Who is called away meanwhile has nothing, and leaves nobody who waits
    ///   for it: the other one ends.
    public func claim(_ other: Session, losing cause: HangupCause = .normalClearing) async -> Bool {
        taking = other.number
        defer { taking = nil }
        await other.cede(to: number, cause)
        if isOver || Task.isCancelled { await other.end(leftBy: number) }
        return await other.isTaken(by: number)
    }

    private func cede(to taker: UInt64, _ cause: HangupCause) async {
        if taking == taker, number < taker { return }
        self.taker = taker
        await stopWorking(cause)
    }

    private func isTaken(by number: UInt64) -> Bool {
        taker == number && !isOver
    }

    private func end(leftBy number: UInt64) {
        if taker == number { hangUp(.originatorCancel) }
    }

    /// Ends what the channel does and waits until nothing of it is left, or until whoever waits is called away: two who take
    /// each other do not wait for each other.
    ///
    /// - Parameter cause: What becomes of a caller whose called leg is taken away.
    public func stopWorking(_ cause: HangupCause = .normalClearing) async {
        guard let task = stateTask else { return interrupt(cause) }
        interrupt(cause)
        let (end, ending) = AsyncStream.makeStream(of: Never.self)
        let watch = Task(executorPreference: loop) {
            await task.value
            ending.finish()
        }
        for await _ in end {}
        watch.cancel()
    }

    private func interrupt(_ cause: HangupCause) {
        guard !isOver else { return }
        move(to: .hibernate)
        leaveOriginator(.ended(cause))
        stateTask?.cancel()
    }
}

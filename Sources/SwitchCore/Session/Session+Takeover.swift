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
            await leg.divert(to: target, sparing: leg === self ? partner : self)
        }
        return true
    }

    /// Sends the channel elsewhere; that one does not end for it, if it is still the partner.
    private func divert(to target: TransferTarget, sparing other: Session) {
        spare(other)
        divert(to: target)
    }

    /// Bridges the channel with another that is up, whatever the two do; this one is the calling side.
    ///
    /// - Returns: Whether both are still there to be bridged.
    public nonisolated func takeOver(_ other: Session) async -> Bool {
        guard other !== self, await !isOver, await !other.isOver else { return false }
        let pair = BridgeRequests.Pair(self, other)
        guard softswitch.bridgeRequests.begin(pair) else { return true }
        await other.letGo(of: self)
        await join(other, as: pair)
        return true
    }

    /// Ends a bridge with another channel that wants another one with this one, without ending the two.
    private func letGo(of other: Session) {
        guard partner === other, ownsBridge else { return }
        // It would take the other's leaving for the end of the bridge, and go on. Whom nobody comes for ends.
        spare(other)
        divert { session in _ = try? await session.wait(timeout: Self.crossing) { $0.isOver } }
    }

    /// Leaves whatever it does for a bridge with another channel.
    private func join(_ other: Session, as pair: BridgeRequests.Pair) {
        guard !isOver else { return softswitch.bridgeRequests.end(pair) }
        spare(other)
        // Whoever was about to take the channel comes too late.
        taker = nil
        divert { session in
            guard await session.claim(other) else { return }
            session.noteTransfer("uuid_br", other.id)
            await other.noteTransfer("uuid_br", session.id)
            try? await session.bridge(with: other)
        }
        joining = pair
    }

    /// The bridge that the channel began with that one, if that is the one it has, ends without ending the other side.
    ///
    /// A certain one: the channel may have gone over to somebody else meanwhile, who ends with its bridge.
    func spare(_ other: Session) {
        if ownsBridge, partner === other { sparedPartner = other.number }
    }

    /// Takes another channel away from whatever it does, and from whoever it talks to, and waits until nothing of that is left.
    ///
    /// Of several who take the same one at the same moment the last one has it; of two who take each other, the older one has
    /// the other.
    ///
    /// - Parameters:
    ///   - cause: What becomes of a caller whose called leg is taken away.
    ///   - isWilling: Asked on the other channel, in the moment in which it is taken: what it does there happens when it is, and
    ///     only then.
    /// - Returns: Whether it is there and this channel's. Who is called away meanwhile has nothing, and leaves nobody who waits
    ///   for it: the other one ends.
    public func claim(
        _ other: Session,
        losing cause: HangupCause = .normalClearing,
        if isWilling: @Sendable (isolated Session) -> Bool = { _ in true }
    ) async -> Bool {
        guard !isOver, !Task.isCancelled else { return false }
        taking = other.number
        defer { taking = nil }
        switch await other.cedes(to: number, cause, if: isWilling) {
        case .ceded: break
        case .refused: return false
        case .comes:
            // Who ended now would not be there when the other one comes; it calls this task away.
            _ = try? await wait(timeout: Self.crossing) { $0.isOver }
            return false
        }
        guard await other.isTaken(by: number) else { return false }
        // After the last wait: nobody else would end the other one.
        guard !isOver, !Task.isCancelled else {
            await other.end(leftBy: number)
            return false
        }
        return true
    }

    /// What a channel says to one that takes it.
    private enum Cession {
        /// It has left what it did.
        case ceded
        /// It stays where it is.
        case refused
        /// It takes the other one itself, and is the one that may.
        case comes
    }

    /// How long two who are on their way to each other need at most.
    private static let crossing = Duration.seconds(1)

    private func cedes(
        to taker: UInt64,
        _ cause: HangupCause,
        if isWilling: @Sendable (isolated Session) -> Bool
    ) async -> Cession {
        guard !isOver else { return .refused }
        if taking == taker, number < taker { return .comes }
        guard isWilling(self) else { return .refused }
        self.taker = taker
        await stopWorking(cause)
        return .ceded
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
        pendingWork = nil
        move(to: .hibernate)
        leaveOriginator(.ended(cause))
        stateTask?.cancel()
    }
}

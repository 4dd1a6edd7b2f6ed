/// What happens to a channel later; it is forgotten when the channel ends before.
extension Session {
    /// Hangs the channel up at a time, or whoever is its partner then.
    ///
    /// - Returns: Whether it will be done; not when too much is waiting for its time.
    @discardableResult
    public nonisolated func scheduleHangUp(
        _ time: ScheduledTime,
        _ cause: HangupCause,
        ofPartner: Bool = false
    ) -> Bool {
        if time.delay == 0 {
            requestHangUp(cause)
            return true
        }
        let task = schedule(time, "switch_ivr_schedule_hangup") { session in
            guard ofPartner else { return session.requestHangUp(cause) }
            await session.partner?.requestHangUp(cause)
        }
        return task != nil
    }

    /// Sends the channel elsewhere at a time.
    ///
    /// - Returns: The number of the task; `nil` when too much is waiting for its time.
    @discardableResult
    public nonisolated func scheduleTransfer(_ time: ScheduledTime, to target: TransferTarget) -> UInt32? {
        schedule(time, "switch_ivr_schedule_transfer") { await $0.divert(to: target) }
    }

    /// Plays a sound or runs an application at a time.
    ///
    /// - Returns: The number of the task; `nil` when too much is waiting for its time.
    @discardableResult
    public nonisolated func schedule(_ time: ScheduledTime, _ broadcast: Broadcast) -> UInt32? {
        schedule(time, "switch_ivr_schedule_broadcast") { await broadcast.run(on: $0) }
    }

    private nonisolated func schedule(
        _ time: ScheduledTime,
        _ summary: String,
        _ work: @escaping @Sendable (Session) async -> Void
    ) -> UInt32? {
        let task = softswitch.scheduler.add(at: time.due, summary: summary, group: id) { [weak self] in
            if let self { await work(self) }
        }
        guard let task else { return nil }
        // The channel takes its tasks out when it has left the table: one that has left before takes none out.
        guard softswitch.sessions[id] !== self else { return task }
        _ = softswitch.scheduler.remove(id: task)
        return nil
    }
}

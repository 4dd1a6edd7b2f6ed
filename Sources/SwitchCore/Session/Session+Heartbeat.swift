import Base

/// The heartbeat of one channel (`SESSION_HEARTBEAT`), by which programs that account for a call while it lasts live.
extension Session {
    /// How long it is from one beat to the next where nobody says so, in seconds.
    private static let usualInterval: Int64 = 60

    /// Tells of the channel again and again from now on, or no longer does.
    ///
    /// - Parameter text: The seconds from one beat to the next, `true` for a minute, or 0 or anything else for none.
    /// - Returns: Whether it will be done; not when too much is waiting for its time.
    @discardableResult
    public func setHeartbeat(_ text: String) -> Bool {
        if let heartbeat { _ = softswitch.scheduler.remove(id: heartbeat) }
        heartbeat = nil
        let number = Int64(text) ?? (text.isTrueSetting ? Self.usualInterval : 0)
        let interval = min(number, TaskScheduler.longestDelay)
        guard interval > 0, !isOver else { return true }
        heartbeat = softswitch.scheduler.add(
            at: softswitch.wallClock() / 1_000_000 + interval,
            every: interval,
            summary: "switch_core_session_sched_heartbeat",
            group: id
        ) { [weak self] in await self?.beat() }
        guard heartbeat != nil else { return false }
        if variable("heartbeat_fire_on_set")?.isTrueSetting == true { beat() }
        return true
    }

    private func beat() {
        guard !isOver else { return }
        softswitch.events.publish(.sessionHeartbeat) { makeEvent(.sessionHeartbeat) }
    }
}

/// Taking the other side of a bridge away from a channel, without that either of them ends.
extension Session {
    /// Lets the other side of the bridge go, so that it can be sent elsewhere next.
    ///
    /// The channel itself does nothing more.
    ///
    /// - Returns: The other side; `nil` without a bridge.
    public func releasePartner() async -> Session? {
        guard !isOver, let other = partner else { return nil }
        await handOverRecordings(to: other)
        guard !isOver, partner === other else { return nil }
        if ownsBridge {
            spare(other)
            await stopWorking()
        } else {
            await other.spare(self)
        }
        return other
    }
}

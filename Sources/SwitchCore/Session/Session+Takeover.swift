import Base

/// Taking a channel out of what it does, so that somebody else can have it.
extension Session {
    /// Ends what the channel does and waits until nothing of it is left.
    ///
    /// - Parameter cause: What becomes of a caller whose called leg is taken away.
    public func stopWorking(_ cause: HangupCause = .normalClearing) async {
        guard !isOver else { return }
        let task = stateTask
        move(to: .hibernate)
        leaveOriginator(.ended(cause))
        task?.cancel()
        await task?.value
    }
}

/// Ends the ringing of others when the caller presses a key meanwhile (`origination_cancel_key`).
final class CancelKey: KeyListener {
    private let key: Character
    private let cancel: @Sendable () -> Void

    init(_ key: Character, cancel: @escaping @Sendable () -> Void) {
        (self.key, self.cancel) = (key, cancel)
    }

    func received(_ digit: Character, on session: isolated Session) -> Bool {
        guard digit == key else { return false }
        cancel()
        return true
    }
}

extension Session {
    /// Rings until somebody answers or nobody will, or until the caller has pressed the key that ends it.
    func ring(_ dialString: String, with originator: Originator) async -> LegOutcome {
        guard let key = variables["origination_cancel_key"]?.first else { return await originator.ring(dialString) }
        let ringing = Task(executorPreference: loop) { await originator.ring(dialString) }
        let listener = CancelKey(key) { ringing.cancel() }
        // Before all others: the key has no other meaning while others ring.
        keyListeners.insert(listener, at: 0)
        defer { keyListeners.removeAll { $0 === listener } }
        return await withTaskCancellationHandler {
            await ringing.value
        } onCancel: {
            ringing.cancel()
        }
    }
}

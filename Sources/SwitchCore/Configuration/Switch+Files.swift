import MediaEngine

extension Switch {
    /// Runs something that waits for files on a thread for that; `nil` when too much waits there already.
    public func onFileThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
        try? await media.audio.onFileThread(work)
    }
}

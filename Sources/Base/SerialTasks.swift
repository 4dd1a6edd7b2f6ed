import Synchronization

/// Does one thing after the other, in the order in which they were asked for, whoever asks.
public final class SerialTasks<Value: Sendable>: Sendable {
    private let last = Mutex<Task<Value, Never>?>(nil)

    /// Nothing has been asked for yet.
    public init() {}

    /// Does something once everything before it is done; it is done to its end though whoever asked goes away.
    public func run(_ body: @escaping @Sendable () async -> Value) async -> Value {
        let task = last.withLock { last -> Task<Value, Never> in
            let task = Task { [before = last] in
                _ = await before?.value
                return await body()
            }
            last = task
            return task
        }
        return await task.value
    }

    /// Waits for what has been asked for until now.
    public func finish() async { _ = await last.withLock { $0 }?.value }
}

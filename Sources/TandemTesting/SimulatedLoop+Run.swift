import Base

extension SimulatedLoop {
    /// Runs something on the loop as far as it goes without the clock.
    ///
    /// - Returns: What it returned, or `nil` when it waits for something.
    @discardableResult
    public func run<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) -> Result? {
        let box = Box<Result>()
        Task.immediate(executorPreference: self) { box.value = await work() }
        runQueued()
        return box.value
    }

    // @unchecked: written on the simulated loop, which is the test's own thread.
    private final class Box<Value>: @unchecked Sendable {
        var value: Value?
    }
}

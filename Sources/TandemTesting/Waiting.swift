/// Whether something in another process comes to hold; it is asked again and again, for some minutes unless it is said how often.
public func comesTrue(attempts: Int = 10_000, _ condition: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<attempts {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return false
}

/// Waits until something holds in other processes, as `comesTrue` does.
///
/// - Throws: `NeverHappened` with the name of what is waited for.
public func waitUntil(_ what: String, _ condition: () async throws -> Bool) async throws {
    guard try await comesTrue(condition) else { throw NeverHappened(description: "never: \(what)") }
}

/// Something that a test has waited for in vain.
public struct NeverHappened: Error, CustomStringConvertible {
    /// What it is.
    public let description: String
}

/// Something without which the switch should get no new calls, whether it lets them in or not.
public struct ReadinessCheck: Sendable {
    /// Why it is not ready; `nil` when it is.
    public let reason: @Sendable () async -> String?

    /// A check.
    public init(_ reason: @escaping @Sendable () async -> String?) {
        self.reason = reason
    }
}

/// Names one call (an INVITE usage with its dialogs) of a ``UserAgent``; never used twice.
public struct CallHandle: Hashable, Sendable {
    /// The number; for logs.
    public let id: UInt64
}

/// Names one transaction of a ``UserAgent`` that its driver takes part in; never used twice.
public struct TransactionHandle: Hashable, Sendable {
    /// The number; for logs.
    public let id: UInt64
}

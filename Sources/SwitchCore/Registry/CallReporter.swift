/// Takes a report of each channel that ended: call detail records.
public protocol CallReporter: Sendable {
    /// Takes what it wants to know of a channel in `CS_REPORTING`.
    ///
    /// It runs on the channel's loop. The channel is destroyed when it has returned, so it waits only for what has to
    /// be true before (a record that is safe on the disk), and for that within a limit.
    func report(_ session: isolated Session) async

    /// The channel's record in XML, for its last event (`hangup_complete_with_xml`); `nil` from whoever has none.
    func document(of session: isolated Session) -> String?
}

extension CallReporter {
    /// Most have none.
    public func document(of session: isolated Session) -> String? { nil }
}

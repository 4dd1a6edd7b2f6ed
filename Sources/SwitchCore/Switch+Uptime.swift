extension Switch {
    /// How long the switch is up, in microseconds.
    public var uptime: Int64 { max(wallClock() - startTime, 0) }

    /// How long it is up as `status` and `HEARTBEAT` say it: `0 years, 1 day, 2 hours, …, 7 microseconds`.
    public var uptimeText: String {
        let uptime = uptime
        let seconds = uptime / 1_000_000
        return [
            (seconds / 31_536_000, "year"), (seconds / 86_400 % 365, "day"), (seconds / 3600 % 24, "hour"),
            (seconds / 60 % 60, "minute"), (seconds % 60, "second"), (uptime / 1000 % 1000, "millisecond"),
            (uptime % 1000, "microsecond"),
        ].map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: ", ")
    }
}

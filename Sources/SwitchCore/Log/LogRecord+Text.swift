import Base

extension LogRecord {
    /// The line as operators know it, without its end: `2026-01-31 07:08:09.000042 [NOTICE] A/B.swift:7 text`.
    public var plainLine: String {
        "\(timestamp) [\(LogLevel(level).name)] \(file):\(line) \(text)"
    }

    /// The line as operators know it; each line of a longer text begins with the channel, if that is asked for.
    public func plainLine(withChannel: Bool) -> String {
        guard withChannel, let channel else { return plainLine }
        return plainLine.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "\(channel) \($0)" }.joined(separator: "\n")
    }

    /// The line as a JSON object.
    public var jsonLine: String {
        var members = [
            (name: "time", value: JSONText.quoted(timestamp)),
            (name: "level", value: JSONText.quoted(LogLevel(level).name)),
        ]
        if let channel { members.append((name: "uuid", value: JSONText.quoted(channel))) }
        members += [
            (name: "file", value: JSONText.quoted(file)), (name: "line", value: String(line)),
            (name: "function", value: JSONText.quoted(function)), (name: "message", value: JSONText.quoted(text)),
        ]
        return JSONText.object(json: members)
    }

    /// The machine's local time, with microseconds.
    private var timestamp: String {
        let fraction = String(time % 1_000_000)
        let zeros = String(repeating: "0", count: max(6 - fraction.count, 0))
        let moment = BrokenDownTime(secondsSinceEpoch: Int(time / 1_000_000))
        return "\(moment.dateAndTime).\(zeros)\(fraction)"
    }
}

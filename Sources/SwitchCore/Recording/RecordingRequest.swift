import Base

/// What is asked for when a call is to be recorded: by `record_session`, by `uuid_record`.
public struct RecordingRequest: Sendable {
    /// The path; a relative one is in the directory for recordings.
    public var name: String
    /// The longest duration.
    public var limit: Duration?
    /// Variables that count before those of the channel, for this recording.
    public var variables: [String: String] = [:]

    /// A request.
    ///
    /// - Parameters:
    ///   - seconds: The longest duration in seconds; nothing for none.
    ///   - list: Variables: `{name=value,…}`.
    public init(_ name: String, seconds: String? = nil, variables list: String? = nil) {
        self.name = name
        limit = Duration(seconds: seconds)
        guard let list, list.hasPrefix("{"), list.hasSuffix("}") else { return }
        for item in ListSplitter.split(String(list.dropFirst().dropLast())) {
            let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if let name = sides.first, let value = sides.dropFirst().first { variables[name] = value }
        }
    }
}

extension Duration {
    private static let longestSetting = 86_400

    /// A limit as variables and commands have it: a positive number of seconds, a day at most.
    public init?(seconds text: String?) {
        guard let number = text.flatMap({ Int($0) }), number > 0 else { return nil }
        self = .seconds(min(number, Self.longestSetting))
    }
}

internal import Base

/// The `inline` dialplan: applications written where others have an extension number.
///
/// `answer,sleep:1000,playback:file.wav`; with another separator `m:^:playback:a,b^hangup`.
public enum InlineDialplan {
    /// What caller profiles call it.
    public static let name = "inline"
    /// The most applications of one text.
    public static let maximumActions = 128

    /// The applications in order; their data is not expanded.
    public static func actions(of text: String) -> [DialplanAction] {
        var delimiter: Character = ","
        var body = text[...]
        if body.prefix(2).lowercased() == "m:", let mark = body.dropFirst(2).first, mark.isASCII,
            body.dropFirst(3).first == ":"
        {
            delimiter = mark
            body = body.dropFirst(4)
        }
        return ListSplitter.split(String(body), by: delimiter, limit: maximumActions).compactMap { item in
            let parts = item.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let application = parts.first, !application.isEmpty else { return nil }
            return DialplanAction(application: String(application), data: parts.count > 1 ? String(parts[1]) : "")
        }
    }
}

/// One of the dialplans that a caller profile names, such as `XML` or `XML:/etc/other.xml`.
public struct DialplanReference: Sendable, Hashable {
    /// The engine, such as `XML` or `inline`.
    public var engine: String
    /// What follows the colon.
    public var argument: String?

    /// The most dialplans that are tried for one call.
    public static let maximumCount = 25

    /// The dialplans of an expanded list, in the order in which they are tried.
    public static func list(of text: String) -> [DialplanReference] {
        ListSplitter.split(text, limit: maximumCount).compactMap { item in
            let parts = item.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let engine = parts.first, !engine.isEmpty else { return nil }
            return DialplanReference(engine: String(engine), argument: parts.count > 1 ? String(parts[1]) : nil)
        }
    }
}

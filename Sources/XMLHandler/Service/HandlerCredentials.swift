import Base

/// What a client has to show, in a file of its own: `user:password`, or `Bearer` and a token, a line for each.
///
/// A line that begins with `#` says nothing.
public struct HandlerCredentials: Sendable {
    /// How many lines count.
    static let limit = 100

    private let accepted: [[UInt8]]

    /// The credentials of a text.
    public init(_ text: String) {
        accepted = text.split(whereSeparator: \.isNewline).map(\.trimmingBlanks)
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }.prefix(Self.limit).map { line in
                let header = line.hasPrefix("Bearer ") ? line : "Basic " + Base64.encode(line.utf8)
                return Array(header.utf8)
            }
    }

    /// Whether there are none, so that nobody could show them.
    public var isEmpty: Bool { accepted.isEmpty }

    /// Whether the value of a header Authorization shows one of them (RFC 7617, RFC 6750).
    func accept(_ header: String?) -> Bool {
        guard let header else { return false }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let scheme = ["Basic", "Bearer"].first(where: { $0.equalsIgnoringASCIICase(parts[0]) })
        else { return false }
        let shown = Array("\(scheme) \(parts[1].trimmingBlanks)".utf8)
        // All of them are compared, so that how long it takes says nothing about where the difference is.
        return accepted.reduce(false) { $1.isSame(as: shown) || $0 }
    }
}

extension [UInt8] {
    /// Whether two texts are the same; it takes as long whichever byte differs.
    fileprivate func isSame(as other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return zip(self, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

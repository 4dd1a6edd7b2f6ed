import DatabaseProxyProtocol

/// Feeds bytes to the reader of what a client of PostgreSQL begins with.
public enum PostgreSQLOpeningFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        let whole = PostgreSQLOpening(bytes)
        // What was clear stays so, however much follows.
        for count in 0...min(bytes.count, 64) {
            let part = PostgreSQLOpening(bytes.prefix(count))
            precondition(part == .incomplete || part == whole, "more bytes do not change what was clear")
        }
        if whole == .incomplete { precondition(bytes.count < PostgreSQLOpening.lengthLimit, "waiting has an end") }
    }
}

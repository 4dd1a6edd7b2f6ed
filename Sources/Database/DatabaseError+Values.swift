extension DatabaseError {
    /// A message without the value that it quotes, which is not for the log; there may be quotes in the value.
    ///
    /// - Parameters:
    ///   - mark: What is before and after it.
    ///   - end: What follows a value where the message goes on with the name of a column or key, which is left. Where it is
    ///     not found, as in other languages, everything up to the last mark goes.
    static func withoutQuoted(_ message: String, in mark: Character, upTo end: String? = nil) -> String {
        guard let first = message.firstIndex(of: mark), var last = message.lastIndex(of: mark), first < last else {
            return message
        }
        if let place = end.flatMap({ message.ranges(of: $0).last?.lowerBound }), place > first { last = place }
        return "\(message[..<first])\(mark)…\(mark)\(message[message.index(after: last)...])"
    }
}

import Base

/// Texts that databases take for a UUID; others they may refuse to compare with one.
enum UUIDText {
    /// Whether a text is one: 36 characters, digits with four dashes.
    static func isUUID(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy { $0.hexDigit != nil } }
    }
}

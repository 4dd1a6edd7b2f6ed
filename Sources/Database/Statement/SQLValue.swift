/// A value that a place of a statement gets, or that a row has in a column.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
    /// A truth; SQLite and MariaDB keep it as 1 and 0 and give back an integer.
    case boolean(Bool)

    /// The value as a text, `nil` for nothing and for bytes that are no UTF-8.
    public var text: String? {
        switch self {
        case .null: nil
        case .integer(let number): String(number)
        case .real(let number): String(number)
        case .text(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        case .boolean(let truth): truth ? "true" : "false"
        }
    }

    /// The value as an integer, `nil` when it is none.
    public var integer: Int64? {
        switch self {
        case .integer(let number): number
        case .boolean(let truth): truth ? 1 : 0
        case .real(let number): Int64(exactly: number)
        case .text(let text): Int64(text)
        case .null, .bytes: nil
        }
    }

    /// The value as a number, `nil` when it is none.
    public var real: Double? {
        switch self {
        case .real(let number): number
        case .integer(let number): Double(number)
        case .text(let text): Double(text)
        case .null, .bytes, .boolean: nil
        }
    }

    /// The value as a truth: what databases keep as 1 and 0 or as one of the words `true`, `false`, `t`, `f`.
    public var boolean: Bool? {
        switch self {
        case .boolean(let truth): truth
        case .integer(1), .text("true"), .text("t"), .text("1"): true
        case .integer(0), .text("false"), .text("f"), .text("0"): false
        case .null, .integer, .real, .text, .bytes: nil
        }
    }

    /// The value's bytes: those of a text in UTF-8; `nil` for the others.
    public var bytes: [UInt8]? {
        switch self {
        case .bytes(let bytes): bytes
        case .text(let text): Array(text.utf8)
        case .null, .integer, .real, .boolean: nil
        }
    }

    /// About how many bytes of memory the value takes.
    public var size: Int {
        switch self {
        case .text(let text): text.utf8.count + Self.overhead
        case .bytes(let bytes): bytes.count + Self.overhead
        case .null, .integer, .real, .boolean: Self.overhead
        }
    }

    private static let overhead = 16
}

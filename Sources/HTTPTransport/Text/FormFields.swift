import Base

/// The fields of a form, `application/x-www-form-urlencoded`: `section=directory&user=1000`.
public struct FormFields: Sendable {
    /// How many fields are read; what is beyond is left out.
    public static let countLimit = 4_000

    /// The fields in their order, decoded.
    public let all: [(name: String, value: String)]

    /// Reads a form; what has no `=` is a name with an empty value.
    public init(_ text: String) {
        let fields = text.utf8.split(separator: UInt8(ascii: "&"), maxSplits: Self.countLimit)
        all = fields.prefix(Self.countLimit).map { field in
            let parts = field.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decode(parts[0]), parts.count > 1 ? Self.decode(parts[1]) : "")
        }
    }

    /// The value of the first field of a name.
    public subscript(name: String) -> String? { all.first { $0.name == name }?.value }

    private static func decode(_ bytes: Substring.UTF8View) -> String {
        let spaced = bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return PercentEncoding.decode(String(decoding: spaced, as: UTF8.self))
    }
}

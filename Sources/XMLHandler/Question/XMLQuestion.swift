import Base
public import XMLConfig

/// What somebody wants to know: the tag that is looked for, and the fields that came with it.
///
/// Nothing in it is trusted: a field is a value for the database or a name to compare with, and one that is longer than
/// ``fieldLimit``, or has a NUL, counts as absent.
public struct XMLQuestion: Sendable {
    /// How long a field may be to be read, in bytes.
    public static let fieldLimit = 512
    /// How many fields are looked at; a channel has some hundreds.
    public static let countLimit = 4_000

    /// The section that is asked.
    public let section: XMLSection
    /// The value of the key: `sofia.conf`, or a domain.
    public let value: String
    private let fields: [(String, String)]

    /// A question with its fields in order; of those with the same name the first counts.
    public init(section: XMLSection, value: String, fields: [(String, String)]) {
        (self.section, self.value) = (section, value)
        self.fields = Array(fields.prefix(Self.countLimit))
    }

    /// A field that is there and not empty; names compare without case.
    public subscript(name: String) -> String? {
        guard let value = fields.first(where: { $0.0.equalsIgnoringASCIICase(name) })?.1 else { return nil }
        return value.isEmpty || value.utf8.count > Self.fieldLimit || value.utf8.contains(0) ? nil : value
    }

    /// The domain that is asked for, by whichever field names it.
    var domain: String? {
        self["domain"] ?? self["domain_name"] ?? self["variable_domain_name"] ?? self["variable_sip_from_host"]
    }

    /// What kind of look-up of the switch asks, where it says so.
    var callingFunction: String? { self["Event-Calling-Function"] }
}

/// How much a configuration may ask of the machine.
public struct XMLLimits: Hashable, Sendable {
    /// How deep files may include each other.
    public var includeDepth = 100
    /// How many files one load may read.
    public var includedFiles = 100_000
    /// How long a line may become when its variables are expanded, in bytes.
    public var lineBytes = 1 << 20
    /// How long the value of a global variable may be, in bytes.
    public var variableBytes = 1 << 16
    /// How long the document may be once everything is included, in bytes.
    public var documentBytes = 256 << 20
    /// How long the text and the attribute values of a document may be together once its entities are expanded.
    public var contentBytes = 256 << 20
    /// How many elements a document may have.
    public var elements = 4_000_000
    /// How many attributes an element may have.
    public var attributes = 512
    /// How deep elements may be inside each other.
    public var depth = 200
    /// How many references to entities of the document's own a document may have.
    public var entityReferences = 10_000

    /// The limits of configuration files.
    public init() {}

    /// The limits of a document that another machine sent.
    public static let remote: XMLLimits = {
        var limits = XMLLimits()
        limits.documentBytes = 16 << 20
        limits.contentBytes = 16 << 20
        limits.elements = 250_000
        return limits
    }()
}

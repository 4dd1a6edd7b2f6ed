/// One element of a configuration, which never changes: a name, attributes, child elements and text.
///
/// Names compare with case, the values of key attributes (`name="default"`) without. A node knows the file and the
/// line that an operator wrote it on, whatever includes and variables were expanded since.
public final class XMLNode: Sendable {
    /// The element's name.
    public let name: String
    /// The attributes in the order written, names unique.
    public let attributes: [(name: String, value: String)]
    /// The child elements in the order written.
    public let children: [XMLNode]
    /// The character data directly inside the element, entities and CDATA resolved; empty where it is only the
    /// white space between child elements.
    public let text: String

    private let file: SourceFile
    private let line: UInt32

    /// A node from its parts, for providers and tests.
    public convenience init(
        _ name: String,
        attributes: [(name: String, value: String)] = [],
        children: [XMLNode] = [],
        text: String = "",
        location: SourceLocation = SourceLocation(file: "", line: 0)
    ) {
        self.init(
            name: name,
            attributes: attributes,
            children: children,
            text: text,
            file: location.file.isEmpty ? .none : SourceFile(path: location.file),
            line: UInt32(clamping: location.line)
        )
    }

    init(
        name: String,
        attributes: [(name: String, value: String)],
        children: [XMLNode],
        text: String,
        file: SourceFile,
        line: UInt32
    ) {
        self.name = name
        self.attributes = attributes
        self.children = children
        self.text = text
        self.file = file
        self.line = line
    }

    /// Where the element begins.
    public var location: SourceLocation { SourceLocation(file: file.path, line: Int(line)) }

    /// The value of an attribute.
    public subscript(attribute name: String) -> String? {
        attributes.first { $0.name == name }?.value
    }
}

/// The path of a file, shared by all nodes that came from it: eight bytes a node instead of sixteen.
final class SourceFile: Sendable {
    static let none = SourceFile(path: "")

    let path: String

    init(path: String) {
        self.path = path
    }
}

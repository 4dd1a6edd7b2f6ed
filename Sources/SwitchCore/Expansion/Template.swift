/// Text with `${…}` expressions, compiled once into segments and expanded any number of times.
///
/// | Form | Meaning |
/// |---|---|
/// | `${name}` `$${name}` | the value, itself expanded again |
/// | `${name:offset:length}` | a slice of it, by bytes |
/// | `${name[index]}` | an array element |
/// | `${api(arguments)}` `${api arguments}` | the output of an API command, verbatim |
/// | `\$` `\\` `\'` | a dollar, a backslash, nothing |
///
/// Names, arguments and indexes may contain expressions. Escapes are processed only in text that has an expression or
/// one of `\\ \n \s \'`: a regular expression such as `^\$5$` passes unchanged. An expression without its closing
/// brace is kept as text.
public struct Template: Sendable, Equatable {
    indirect enum Segment: Sendable, Equatable {
        case literal(String)
        case variable(VariableReference)
        /// A name that is itself computed, `${a_${b}}`.
        case computed(Template)
        case api(name: Template, arguments: Template)
    }

    /// The text as it was written.
    public let source: String
    let segments: [Segment]

    /// Compiles a text; there are no errors, text that is not an expression is kept.
    public init(_ source: String) {
        self.source = source
        segments = Self.isStatic(source) ? [.literal(source)] : TemplateParser.parse(source, nesting: 0)
    }

    init(source: String, segments: [Segment]) {
        self.source = source
        self.segments = segments
    }

    /// The text when nothing in it depends on the scope.
    public var literal: String? {
        switch segments.count {
        case 0: ""
        case 1: if case .literal(let text) = segments[0] { text } else { nil }
        default: nil
        }
    }

    /// Whether the text as written calls an API command; a variable's value may still do so at run time.
    public var callsAPI: Bool {
        segments.contains { segment in
            switch segment {
            case .literal, .variable: false
            case .computed(let template): template.callsAPI
            case .api: true
            }
        }
    }

    /// Expands the text.
    public func expand(in scope: some ExpansionScope) async -> String {
        if let text = expandSynchronously(in: scope) { return text }
        var expansion = Expansion()
        var output = ""
        await expansion.append(self, to: &output, in: scope, depth: 0)
        return output
    }

    /// Expands the text when that needs no API command, or returns nil; nothing has happened then.
    public func expandSynchronously(in scope: some ExpansionScope) -> String? {
        if let literal { return literal }
        var expansion = Expansion()
        var output = ""
        return expansion.appendSynchronously(self, to: &output, in: scope, depth: 0) ? output : nil
    }

    /// Whether a value contains the beginning of an expression, `${`.
    public static func containsReference(_ text: String) -> Bool {
        var isDollar = false
        for byte in text.utf8 {
            if isDollar, byte == UInt8(ascii: "{") { return true }
            isDollar = byte == UInt8(ascii: "$")
        }
        return false
    }

    /// The text with `${` made harmless as `%{`, for caller names and numbers that come from a peer.
    public static func neutralized(_ text: String) -> String {
        guard containsReference(text) else { return text }
        var bytes = Array(text.utf8)
        for index in bytes.indices.dropLast() where bytes[index] == UInt8(ascii: "$") {
            if bytes[index + 1] == UInt8(ascii: "{") { bytes[index] = UInt8(ascii: "%") }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether expansion leaves the text alone: no expression in it and no escape that asks for processing.
    static func isStatic(_ text: String) -> Bool {
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if previous == UInt8(ascii: "$"), byte == UInt8(ascii: "{") { return false }
            if previous == UInt8(ascii: "\\") {
                switch byte {
                case UInt8(ascii: "\\"), UInt8(ascii: "n"), UInt8(ascii: "s"), UInt8(ascii: "'"): return false
                default: break
                }
            }
            previous = byte
        }
        return true
    }
}

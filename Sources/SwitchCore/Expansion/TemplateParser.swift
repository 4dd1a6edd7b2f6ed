/// The compiler of templates, which works on bytes as every mark of the language is ASCII.
struct TemplateParser {
    private let bytes: [UInt8]
    private let nesting: Int
    /// For each opening brace the index of its closing one, or 0; computed once so that hostile text costs O(n).
    private let closings: [Int32]
    private var position = 0
    private var literal: [UInt8] = []
    private var segments: [Template.Segment] = []

    private init(_ bytes: [UInt8], nesting: Int) {
        self.bytes = bytes
        self.nesting = nesting
        closings = Self.closingBraces(in: bytes)
    }

    static func parse(_ text: String, nesting: Int) -> [Template.Segment] {
        var parser = TemplateParser(Array(text.utf8), nesting: nesting)
        parser.run()
        return parser.segments
    }

    private mutating func run() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\\"): escape()
            case UInt8(ascii: "$"): dollar()
            default:
                literal.append(bytes[position])
                position += 1
            }
        }
        flush()
    }

    private func byte(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func flush() {
        guard !literal.isEmpty else { return }
        segments.append(.literal(String(decoding: literal, as: UTF8.self)))
        literal.removeAll(keepingCapacity: true)
    }

    private mutating func escape() {
        switch byte(at: position + 1) {
        case UInt8(ascii: "$"):
            literal.append(UInt8(ascii: "$"))
            position += byte(at: position + 2) == UInt8(ascii: "$") ? 3 : 2
        case UInt8(ascii: "'"):
            position += 2
        case UInt8(ascii: "\\"):
            literal.append(UInt8(ascii: "\\"))
            position += 2
        default:
            literal.append(UInt8(ascii: "\\"))
            position += 1
        }
    }

    private mutating func dollar() {
        // `$$` counts as one dollar: at run time `$${name}` is `${name}`.
        let mark = byte(at: position + 1) == UInt8(ascii: "$") ? position + 1 : position
        guard byte(at: mark + 1) == UInt8(ascii: "{") else {
            literal.append(UInt8(ascii: "$"))
            position = mark + 1
            return
        }
        let close = Int(closings[mark + 1])
        guard nesting < ExpansionLimits.nesting, close > mark else {
            literal.append(contentsOf: bytes[position...(mark + 1)])
            position = mark + 2
            return
        }
        flush()
        segments.append(expression(bytes[(mark + 2)..<close]))
        position = close + 1
    }

    private static func closingBraces(in bytes: [UInt8]) -> [Int32] {
        var closings = [Int32](repeating: 0, count: bytes.count)
        var open: [Int] = []
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "{"): open.append(index)
            case UInt8(ascii: "}"):
                if let start = open.popLast() { closings[start] = Int32(truncatingIfNeeded: index) }
            default: break
            }
        }
        return closings
    }

    private func expression(_ body: ArraySlice<UInt8>) -> Template.Segment {
        guard let mark = apiMark(in: body) else {
            let name = template(body)
            if let text = name.literal { return .variable(VariableReference(text)) }
            return .computed(name)
        }
        let name = template(body[..<mark])
        var arguments = body[(mark + 1)...]
        if bytes[mark] == UInt8(ascii: "("), let close = closingParenthesis(in: arguments) {
            arguments = arguments[..<close]
        }
        return .api(name: name, arguments: template(arguments))
    }

    /// The space or parenthesis that makes an expression an API call; those of expressions inside it do not count.
    private func apiMark(in body: ArraySlice<UInt8>) -> Int? {
        var depth = 0
        for index in body.indices {
            switch bytes[index] {
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: " "), UInt8(ascii: "("): if depth == 0 { return index }
            default: break
            }
        }
        return nil
    }

    /// The parenthesis that ends the arguments; those of nested calls are balanced.
    private func closingParenthesis(in arguments: ArraySlice<UInt8>) -> Int? {
        var depth = 1
        for index in arguments.indices {
            switch bytes[index] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return index }
            default: break
            }
        }
        return nil
    }

    private func template(_ slice: ArraySlice<UInt8>) -> Template {
        let text = String(decoding: slice, as: UTF8.self)
        if Template.isStatic(text) { return Template(source: text, segments: [.literal(text)]) }
        return Template(source: text, segments: Self.parse(text, nesting: nesting + 1))
    }
}

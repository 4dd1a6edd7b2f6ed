/// Action data with `$0`…`$n` and `${1}` marks for what a regular expression captured.
///
/// Substitution happens while the dialplan is hunted, before `${name}` expressions are expanded at execution; only
/// numbers are captures, `${name}` is left alone. A number without a capture gives nothing.
public struct CaptureTemplate: Sendable, Equatable {
    private enum Segment: Sendable, Equatable {
        case literal(String)
        case capture(Int)
    }

    /// The text as it was written.
    public let source: String
    private let segments: [Segment]

    /// Numbers above this are never captured.
    private static let maximumNumber = 256

    /// Compiles a text.
    public init(_ source: String) {
        self.source = source
        guard source.utf8.contains(UInt8(ascii: "$")) else {
            segments = [.literal(source)]
            return
        }
        let bytes = Array(source.utf8)
        var segments: [Segment] = []
        var literal: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "$"), let mark = Self.mark(in: bytes, at: position) {
                if !literal.isEmpty { segments.append(.literal(String(decoding: literal, as: UTF8.self))) }
                literal.removeAll(keepingCapacity: true)
                segments.append(.capture(mark.number))
                position = mark.end
            } else {
                literal.append(bytes[position])
                position += 1
            }
        }
        if !literal.isEmpty { segments.append(.literal(String(decoding: literal, as: UTF8.self))) }
        self.segments = segments
    }

    /// Whether the text names any capture.
    public var hasCaptures: Bool {
        segments.contains { if case .capture = $0 { true } else { false } }
    }

    /// The text with every mark replaced; `captures[0]` is the whole match.
    ///
    /// Captured text is often a caller's: a `${` that it contains, or that it would form with its neighbours, becomes
    /// `%{`, so that it is not run as an expression when the data is expanded. What would make the text longer than
    /// ``ExpansionLimits/length`` is left out. It may still end an expression that it is put into: `${quote_shell_arg($1)}`
    /// quotes nothing that has a parenthesis, `${quote_shell_arg(${DP_MATCH[1]})}` does.
    public func substituting(_ captures: [String]) -> String {
        var output: [UInt8] = []
        var endsWithCapture = false
        for segment in segments {
            let text: String
            let isCapture: Bool
            switch segment {
            case .literal(let literal): (text, isCapture) = (literal, false)
            case .capture(let number):
                guard captures.indices.contains(number) else { continue }
                (text, isCapture) = (Template.neutralized(captures[number]), true)
            }
            guard output.count + text.utf8.count <= ExpansionLimits.length else { continue }
            if isCapture || endsWithCapture, output.last == UInt8(ascii: "$"), text.utf8.first == UInt8(ascii: "{") {
                output[output.count - 1] = UInt8(ascii: "%")
            }
            output.append(contentsOf: text.utf8)
            if !text.isEmpty { endsWithCapture = isCapture }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The capture mark that begins at a dollar.
    private static func mark(in bytes: [UInt8], at dollar: Int) -> (number: Int, end: Int)? {
        var position = dollar + 1
        let isBraced = position < bytes.count && bytes[position] == UInt8(ascii: "{")
        if isBraced { position += 1 }
        let first = position
        var number = 0
        while position < bytes.count, position - first < 9, case let digit = bytes[position] &- UInt8(ascii: "0"),
            digit <= 9
        {
            number = number * 10 + Int(digit)
            position += 1
        }
        guard position > first else { return nil }
        if isBraced {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "}") else { return nil }
            position += 1
        }
        return (number <= maximumNumber ? number : maximumNumber + 1, position)
    }
}

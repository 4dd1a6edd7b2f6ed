import Base

/// What the field `regexp` of a NAPTR record says (RFC 3402 §3.2): `!^\+1(.*)$!sip:\1@example.com!i`.
///
/// Whoever has the zone writes it, so nothing of it is taken on trust: what POSIX leaves undefined in an extended regular
/// expression is refused, lest it becomes one of the many things that a Perl-compatible one can say.
struct RewriteExpression: Hashable, Sendable {
    /// A part of the replacement.
    enum Piece: Hashable, Sendable {
        case text(String)
        /// What a pair of brackets of the expression matched, from 1 on.
        case group(Int)
    }

    /// The most bytes of the field, which is one string of a record (RFC 1035 §3.3).
    static let maximumLength = 255
    /// The most bytes that it may make of a text.
    static let maximumResultLength = 1024
    private static let backslash = UInt8(ascii: "\\")

    /// The extended regular expression.
    let pattern: String
    /// Whether letters match without regard to case.
    let isCaseless: Bool
    /// What takes the place of the whole text.
    let replacement: [Piece]

    /// Takes a field apart.
    init(_ field: String) throws(RewriteFault) {
        let bytes = Array(field.utf8)
        guard bytes.count <= Self.maximumLength else { throw .tooLong }
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .unprintable }
        // Neither what the replacement has a use for, nor the one flag that there is.
        guard let delimiter = bytes.first, delimiter.decimalDigit == nil, delimiter != Self.backslash,
            delimiter.lowercasedASCII != UInt8(ascii: "i")
        else { throw .withoutDelimiter }
        let parts = Self.split(bytes.dropFirst(), at: delimiter)
        guard parts.count == 3 else { throw .withoutDelimiter }
        guard parts[2].allSatisfy({ $0.lowercasedASCII == UInt8(ascii: "i") }) else { throw .unknownFlag }
        try Self.check(parts[0])
        pattern = String(decoding: parts[0], as: UTF8.self)
        isCaseless = !parts[2].isEmpty
        replacement = try Self.pieces(of: parts[1], delimiter: delimiter)
    }

    /// What stands between the delimiters that no backslash precedes.
    private static func split(_ bytes: ArraySlice<UInt8>, at delimiter: UInt8) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        var index = start
        while index < bytes.endIndex {
            if bytes[index] == backslash {
                index += 2
                continue
            }
            if bytes[index] == delimiter {
                parts.append(bytes[start..<index])
                start = index + 1
            }
            index += 1
        }
        parts.append(bytes[start...])
        return parts
    }

    /// Refuses what an extended regular expression cannot have, or has no meaning for (POSIX, XBD 9.4).
    private static func check(_ expression: ArraySlice<UInt8>) throws(RewriteFault) {
        guard !expression.isEmpty else { throw .notExtended }
        var previous: UInt8 = 0
        var isEscaped = false
        for byte in expression {
            if isEscaped {
                // `\d` and its like are no part of it either, but they are harmless, and zones have them.
                let isKnown = [UInt8(ascii: "d"), UInt8(ascii: "s"), UInt8(ascii: "w")].contains(byte.lowercasedASCII)
                guard isKnown || !isLetterOrDigit(byte) else { throw .notExtended }
                (previous, isEscaped) = (0, false)
                continue
            }
            isEscaped = byte == backslash
            // `(?…)` and `(*…)`.
            if previous == UInt8(ascii: "("), byte == UInt8(ascii: "?") || byte == UInt8(ascii: "*") {
                throw .notExtended
            }
            previous = byte
        }
        guard !isEscaped else { throw .notExtended }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        byte.decimalDigit != nil || byte.lowercasedASCII &- UInt8(ascii: "a") <= 25
    }

    private static func pieces(
        of replacement: ArraySlice<UInt8>,
        delimiter: UInt8
    ) throws(RewriteFault) -> [Piece] {
        var pieces: [Piece] = []
        var text: [UInt8] = []
        var isEscaped = false
        for byte in replacement {
            guard isEscaped else {
                isEscaped = byte == backslash
                if !isEscaped { text.append(byte) }
                continue
            }
            isEscaped = false
            if let digit = byte.decimalDigit, digit > 0 {
                if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
                text = []
                pieces.append(.group(Int(digit)))
            } else if byte == delimiter || byte == backslash {
                text.append(byte)
            } else {
                throw .wrongEscape
            }
        }
        guard !isEscaped else { throw .wrongEscape }
        if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
        return pieces
    }

    /// What the replacement becomes with what was matched; the whole match is the first of the captures.
    func substituting(_ captures: [String]) throws(RewriteFault) -> String {
        var text = ""
        for piece in replacement {
            switch piece {
            case .text(let literal): text += literal
            case .group(let number):
                guard captures.indices.contains(number) else { throw .missingGroup }
                text += captures[number]
            }
            guard text.utf8.count <= Self.maximumResultLength else { throw .tooLong }
        }
        return text
    }
}

/// Why a rule of a zone is left out.
enum RewriteFault: Error, Hashable, Sendable {
    case tooLong
    case unprintable
    case withoutDelimiter
    case unknownFlag
    case notExtended
    case wrongEscape
    case missingGroup
    /// The expression does not compile.
    case wrongExpression(String)
    /// Matching it takes more than a call may wait for.
    case tooCostly
    /// The services are no words.
    case wrongServices
    /// The result has what means something in a dial string.
    case unsafeResult
    /// The result, or what is to follow, is no domain name.
    case withoutName
}

extension RewriteFault: CustomStringConvertible {
    /// The fault in words.
    var description: String {
        switch self {
        case .tooLong: "too long"
        case .unprintable: "the regexp has unprintable characters"
        case .withoutDelimiter: "the regexp is not of the form !expression!replacement!"
        case .unknownFlag: "the regexp has an unknown flag"
        case .notExtended: "the expression is no extended regular expression"
        case .wrongEscape: "a backslash in the replacement means nothing"
        case .missingGroup: "the replacement names a group that is not there"
        case .wrongExpression(let reason): "the expression cannot be compiled: \(reason)"
        case .tooCostly: "the expression costs too much"
        case .wrongServices: "the services cannot be read"
        case .unsafeResult: "the result has characters or parameters that a dial string has a meaning for"
        case .withoutName: "there is no name to go on with"
        }
    }
}

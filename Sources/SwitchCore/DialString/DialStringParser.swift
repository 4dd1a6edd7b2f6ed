internal import Base

/// The recursive descent over a dial string's bytes.
struct DialStringParser {
    private let bytes: [UInt8]
    private var position = 0
    private var scanner: QuoteScanner
    private var legCount = 0

    init(_ text: String) throws(DialStringError) {
        guard text.utf8.count <= DialString.maximumLength else {
            throw DialStringError(kind: .tooLong, offset: DialString.maximumLength)
        }
        bytes = Array(text.utf8)
        scanner = QuoteScanner(bytes[...])
    }

    mutating func parse() throws(DialStringError) -> DialString {
        let shared = try brackets(UInt8(ascii: "<"), UInt8(ascii: ">"))
        var groups: [DialString.Group] = []
        while true {
            guard groups.count < DialString.maximumGroups else {
                throw DialStringError(kind: .tooManyGroups, offset: position)
            }
            let group = try self.group()
            if !group.alternatives.isEmpty { groups.append(group) }
            guard position < bytes.count else { break }
            position += Self.enterpriseMark.count
        }
        guard !groups.isEmpty else { throw DialStringError(kind: .empty, offset: bytes.count) }
        return DialString(variables: shared, groups: groups)
    }

    private static let enterpriseMark = Array(":_:".utf8)

    /// One group; stops at `:_:` or at the end.
    private mutating func group() throws(DialStringError) -> DialString.Group {
        let variables = try brackets(UInt8(ascii: "{"), UInt8(ascii: "}"))
        var alternatives: [[DialString.Leg]] = []
        var legs: [DialString.Leg] = []
        legCount = 0
        while true {
            if let leg = try leg() {
                legCount += 1
                guard legCount <= DialString.maximumLegs else {
                    throw DialStringError(kind: .tooManyLegs, offset: leg.offset)
                }
                legs.append(leg)
            }
            guard position < bytes.count else { break }
            if bytes[position] == UInt8(ascii: ",") {
                position += 1
            } else if bytes[position] == UInt8(ascii: "|") {
                position += 1
                if !legs.isEmpty { alternatives.append(legs) }
                legs = []
            } else {
                break
            }
        }
        if !legs.isEmpty { alternatives.append(legs) }
        return DialString.Group(variables: variables, alternatives: alternatives)
    }

    /// One leg, or nil when there is nothing between two separators.
    private mutating func leg() throws(DialStringError) -> DialString.Leg? {
        skipSpaces()
        let offset = position
        let variables = try brackets(UInt8(ascii: "["), UInt8(ascii: "]"))
        let start = position
        scanner.skip(to: position)
        var end = bytes.count
        while let index = scanner.nextUnprotected() {
            if bytes[index] == UInt8(ascii: ",") || bytes[index] == UInt8(ascii: "|") || isEnterpriseMark(at: index) {
                end = index
                break
            }
        }
        position = end
        let text = ListSplitter.clean(bytes[start..<end], delimiter: UInt8(ascii: ","))
        guard !text.isEmpty else { return nil }
        let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) ?? text.endIndex
        let destination = slash < text.endIndex ? String(text[text.utf8.index(after: slash)...]) : ""
        return DialString.Leg(
            variables: variables,
            endpoint: String(text[..<slash]),
            destination: destination,
            offset: offset
        )
    }

    private func isEnterpriseMark(at index: Int) -> Bool {
        bytes[index] == UInt8(ascii: ":") && bytes[index...].starts(with: Self.enterpriseMark)
    }

    /// Several bracket sets of one kind in a row; later values replace earlier ones.
    private mutating func brackets(_ open: UInt8, _ close: UInt8) throws(DialStringError) -> [DialVariable] {
        var variables: [DialVariable] = []
        var sets = 0
        skipSpaces()
        while position < bytes.count, bytes[position] == open {
            sets += 1
            guard sets <= DialString.maximumBrackets else {
                throw DialStringError(kind: .tooManyVariables, offset: position)
            }
            guard let end = bracketEnd(open, close) else {
                throw DialStringError(kind: .unclosedBracket, offset: position)
            }
            for variable in DialVariable.list(bytes[(position + 1)..<end]) { variables.set(variable) }
            guard variables.count <= DialString.maximumVariables else {
                throw DialStringError(kind: .tooManyVariables, offset: position)
            }
            position = end + 1
            skipSpaces()
        }
        return variables
    }

    /// The bracket that closes the one at the position; brackets of the same kind inside are balanced.
    private func bracketEnd(_ open: UInt8, _ close: UInt8) -> Int? {
        var depth = 0
        for index in position..<bytes.count {
            if bytes[index] == open {
                depth += 1
            } else if bytes[index] == close {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }

    private mutating func skipSpaces() {
        while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
    }
}

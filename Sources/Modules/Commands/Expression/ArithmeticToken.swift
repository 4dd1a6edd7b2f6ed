import Base

/// One word of an arithmetic expression.
enum ArithmeticToken: Equatable {
    case number(Double)
    case name(String)
    /// One of `+ - * / ^ ( ) , = ; &`.
    case symbol(UInt8)

    /// The words of a text; comments go from `#` to the end of the line.
    static func all(of text: String) throws(Arithmetic.Failure) -> [ArithmeticToken] {
        var (tokens, bytes): ([ArithmeticToken], Substring.UTF8View) = ([], text[...].utf8)
        while let first = bytes.first {
            switch first {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                bytes.removeFirst()
            case UInt8(ascii: "#"):
                bytes = bytes.drop { $0 != UInt8(ascii: "\n") }
            case _ where first.decimalDigit != nil || first == UInt8(ascii: "."):
                let word = bytes.prefix { $0.decimalDigit != nil || $0 == UInt8(ascii: ".") }
                guard let number = Double(String(Substring(word))) else { throw .syntax }
                tokens.append(.number(number))
                bytes = bytes.dropFirst(word.count)
            case _ where isLetter(first):
                let word = bytes.prefix { isLetter($0) || $0.decimalDigit != nil }
                tokens.append(.name(String(Substring(word))))
                bytes = bytes.dropFirst(word.count)
            case _ where symbols.contains(first):
                tokens.append(.symbol(first))
                bytes.removeFirst()
            default: throw .syntax
            }
        }
        return tokens
    }

    private static let symbols = Set("+-*/^(),=;&".utf8)

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}

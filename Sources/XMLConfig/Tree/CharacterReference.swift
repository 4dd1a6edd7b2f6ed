import Base

/// What `&amp;`, `&#38;` and `&#x26;` stand for.
enum CharacterReference {
    /// The longest name of an entity that is looked for.
    static let maximumLength = 64

    /// The entities that every document has (XML 1.0 §4.6).
    static let named: [String: Unicode.Scalar] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]

    /// The character of a reference by number, written without `&` and `;`; `nil` where it is none that a document may
    /// hold (XML 1.0 §2.2).
    static func numbered(_ name: ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard name.first == UInt8(ascii: "#") else { return nil }
        let digits = name.dropFirst()
        let isHexadecimal = digits.first == UInt8(ascii: "x")
        let number = (isHexadecimal ? digits.dropFirst() : digits).text
        guard number.utf8.first != UInt8(ascii: "+"), let value = UInt32(number, radix: isHexadecimal ? 16 : 10) else {
            return nil
        }
        switch value {
        case 9, 10, 13, 0x20...0xD7FF, 0xE000...0xFFFD, 0x1_0000...0x10_FFFF: return Unicode.Scalar(value)
        default: return nil
        }
    }
}

extension XMLNode {
    /// A text that was written for a document, with its references resolved; an `&` that begins none stays.
    public static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var output: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let name = rest.prefix(CharacterReference.maximumLength).prefix { $0 != UInt8(ascii: ";") }
            guard byte == UInt8(ascii: "&"), name.endIndex < rest.endIndex, rest[name.endIndex] == UInt8(ascii: ";"),
                let scalar = CharacterReference.named[name.text] ?? CharacterReference.numbered(name)
            else {
                output.append(byte)
                continue
            }
            output += Array(String(scalar).utf8)
            rest = rest[(name.endIndex + 1)...]
        }
        return String(decoding: output, as: UTF8.self)
    }
}

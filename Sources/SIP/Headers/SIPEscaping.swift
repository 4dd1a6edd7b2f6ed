import Base

/// The ways in which SIP writes bytes that would mean something else: `%HH` in URIs, `\` in quoted strings.
enum SIPEscaping {
    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    /// The text with every `%HH` replaced; unchanged where that would not give UTF-8.
    static func unescape(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        let source = text.utf8.span
        var out: [UInt8] = []
        out.reserveCapacity(source.count)
        var at = 0
        while at < source.count {
            if source[at] == UInt8(ascii: "%"), at + 2 < source.count,
                let high = source[at + 1].hexDigit, let low = source[at + 2].hexDigit
            {
                out.append(high << 4 | low)
                at += 3
            } else {
                out.append(source[at])
                at += 1
            }
        }
        return String(validating: out, as: UTF8.self) ?? text
    }

    /// The text with all bytes outside of `plain` as `%HH`.
    static func escape(_ text: String, keeping plain: ByteSet) -> String {
        guard !text.utf8.allSatisfy(plain.contains) else { return text }
        var out: [UInt8] = []
        for byte in text.utf8 {
            if plain.contains(byte) {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Writes a quoted string (RFC 3261 §25.1); CR and LF, which it cannot hold, become spaces.
    static func writeQuoted(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case 0x0D, 0x0A:
                out.append(0x20)
                continue
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x00...0x08, 0x0B...0x1F, 0x7F:
                out.append(UInt8(ascii: "\\"))
            default:
                break
            }
            out.append(byte)
        }
        out.append(UInt8(ascii: "\""))
    }
}

extension SIPParameters {
    /// `;name=value` of a URI: what may not stand there is escaped, escapes that are there stay.
    func writeURIForm(to out: inout [UInt8]) {
        for entry in entries where !entry.name.isEmpty {
            out.append(UInt8(ascii: ";"))
            out.append(contentsOf: SIPEscaping.escape(entry.name, keeping: .uriParameterName + "%").utf8)
            guard let value = entry.value else { continue }
            out.append(UInt8(ascii: "="))
            out.append(contentsOf: SIPEscaping.escape(value, keeping: .uriParameterValue + "%").utf8)
        }
    }

    /// `;name=value` of a header field: values that are not bare words are quoted.
    func writeHeaderForm(to out: inout [UInt8]) {
        for entry in entries where !entry.name.isEmpty && entry.name.utf8.allSatisfy(ByteSet.token.contains) {
            out.append(UInt8(ascii: ";"))
            out.append(contentsOf: entry.name.utf8)
            guard let value = entry.value else { continue }
            out.append(UInt8(ascii: "="))
            if !value.isEmpty, value.utf8.allSatisfy(\.isBareValue) {
                out.append(contentsOf: value.utf8)
            } else {
                SIPEscaping.writeQuoted(value, to: &out)
            }
        }
    }
}

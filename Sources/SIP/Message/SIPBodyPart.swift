import Base

/// The body of a message, or one part of a multipart body (RFC 2046 §5.1, RFC 5621).
public struct SIPBodyPart: Hashable, Sendable {
    /// The media type with its parameters.
    public let contentType: String
    /// How the part is meant (Content-Disposition), where it says so.
    public let disposition: String?
    /// Whether the octets are as they were before anybody packed or coded them.
    public let isPlain: Bool
    /// The octets.
    public let bytes: [UInt8]

    /// Whether the part is of that type (`application/sdp`), parameters and case aside.
    public func isOfType(_ type: String) -> Bool { MediaType(contentType).name == type.lowercased() }

    /// Whether the sender does not mind when the part is not understood (RFC 3261 §20.11).
    public var isOptional: Bool { disposition?.lowercased().contains("handling=optional") == true }
}

extension SIPMessage {
    /// The parts of the body, the best understood one of alternatives first; a body that is no multipart is one part.
    ///
    /// What is inside of multiparts inside of multiparts is found as well, as deep and as much as ``SIPLimits`` allows.
    public var bodyParts: [SIPBodyPart] {
        guard hasBody else { return [] }
        let encodings = all(.contentEncoding)
        let whole = SIPBodyPart(
            contentType: contentType ?? "",
            disposition: first(.contentDisposition),
            isPlain: encodings.allSatisfy { SIPBodyPart.isPlain($0) },
            bytes: body
        )
        var parts: [SIPBodyPart] = []
        whole.collectLeaves(in: &parts, depth: 0)
        return parts
    }
}

extension SIPBodyPart {
    fileprivate static func isPlain(_ encoding: String) -> Bool {
        ["identity", "7bit", "8bit", "binary"].contains(encoding.lowercased())
    }

    /// A part with its own header section.
    private init(_ part: ArraySlice<UInt8>) {
        var (contentType, disposition, isPlain) = ("text/plain", String?.none, true)
        var lines = LineCursor(part)
        while let line = lines.next(), !line.isEmpty {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = line[colon...].dropFirst().trimmedText
            switch line[..<colon].trimmedText.lowercased() {
            case "content-type", "c": contentType = value
            case "content-disposition": disposition = value
            case "content-encoding", "e", "content-transfer-encoding": isPlain = isPlain && Self.isPlain(value)
            default: break
            }
        }
        (self.contentType, self.disposition, self.isPlain) = (contentType, disposition, isPlain)
        bytes = Array(lines.rest)
    }

    /// Puts the part into a list, or the parts that it consists of.
    fileprivate func collectLeaves(in parts: inout [SIPBodyPart], depth: Int) {
        guard parts.count < SIPLimits.bodyParts else { return }
        let type = MediaType(contentType)
        guard type.name.hasPrefix("multipart/"), isPlain else {
            parts.append(self)
            return
        }
        guard depth < SIPLimits.bodyDepth, let boundary = type.parameters["boundary"], !boundary.isEmpty else { return }
        let inside = Self.split(bytes[...], at: boundary).map { SIPBodyPart($0) }
        // Of alternatives the last is the most faithful (RFC 2046 §5.1.4).
        for part in type.name == "multipart/alternative" ? inside.reversed() : inside {
            part.collectLeaves(in: &parts, depth: depth + 1)
        }
    }

    /// What is between the lines that begin with `--` and the boundary; what comes before and after them is dropped.
    private static func split(_ body: ArraySlice<UInt8>, at boundary: String) -> [ArraySlice<UInt8>] {
        let delimiter = Array("--\(boundary)".utf8)
        var parts: [ArraySlice<UInt8>] = []
        var start: Int?
        var lines = LineCursor(body)
        while parts.count < SIPLimits.bodyParts {
            let before = lines.rest
            guard let line = lines.next() else {
                // The last delimiter is missing.
                if let start { parts.append(body[start...]) }
                break
            }
            guard line.starts(with: delimiter) else { continue }
            let behind = line.dropFirst(delimiter.count)
            let isLast = behind.starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")])
            guard behind.dropFirst(isLast ? 2 : 0).allSatisfy({ $0.isBlank }) else { continue }
            // The line end before a delimiter belongs to it.
            if let start, start <= before.startIndex { parts.append(body[start..<before.startIndex].withoutLineEnd) }
            if isLast { break }
            start = lines.rest.startIndex
        }
        return parts
    }
}

/// A media type (RFC 3261 §25.1 `media-type`): its name in lower case, and its parameters.
private struct MediaType {
    let name: String
    let parameters: SIPParameters

    init(_ text: String) {
        let bytes = Array(text.utf8)
        let end = bytes.firstIndex { $0 == UInt8(ascii: ";") || $0.isBlank } ?? bytes.count
        name = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
        parameters = SIPParameters(header: bytes.span, end..<bytes.count)
    }
}

/// Walks over lines that end in LF or CRLF.
private struct LineCursor {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The next line without its end.
    mutating func next() -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
            defer { rest = rest[rest.endIndex...] }
            return rest
        }
        defer { rest = rest[end...].dropFirst() }
        return rest[...end].withoutLineEnd
    }
}

extension ArraySlice<UInt8> {
    /// The octets as text, without the blanks around them.
    fileprivate var trimmedText: String {
        var text = drop { $0.isBlank }
        while text.last?.isBlank == true { text = text.dropLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// The octets without one LF or CRLF at the end.
    fileprivate var withoutLineEnd: ArraySlice<UInt8> {
        guard last == UInt8(ascii: "\n") else { return self }
        let line = dropLast()
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
}

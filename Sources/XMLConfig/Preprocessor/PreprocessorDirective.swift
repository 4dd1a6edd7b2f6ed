import Base

/// An instruction to the preprocessor, in either of its two spellings.
struct PreprocessorDirective: Equatable {
    enum Command: String, CaseIterable {
        case set, include, exec
        case environmentSet = "env-set"
        case commandSet = "exec-set"
        case stunSet = "stun-set"
        case comment
        case unknown
    }

    let command: Command
    /// The command as it is written.
    let name: String
    let data: String
    /// Whether it is written as a comment: `<!--#command data-->`.
    let isComment: Bool

    init(_ command: String, _ data: String, isComment: Bool = false) {
        self.command = Command(rawValue: command.foldedASCII) ?? .unknown
        name = command
        (self.data, self.isComment) = (data, isComment)
    }

    /// Reads `cmd="…" data="…"` by searching the text: double quotes only, the command first, entities not decoded.
    init?(tag text: ArraySlice<UInt8>) {
        guard let command = Self.quoted(after: "cmd", in: text),
            let data = Self.quoted(after: "data", in: text[command.end...])
        else { return nil }
        self.init(command.value, data.value)
    }

    /// Reads what stands between `<!--#` and `-->`: a command, a space, the data in double quotes or bare.
    init?(comment text: ArraySlice<UInt8>) {
        guard let space = text.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        var data = text[(space + 1)...].trimmed
        if let opening = data.firstIndex(of: UInt8(ascii: "\"")),
            let closing = data[(opening + 1)...].firstIndex(of: UInt8(ascii: "\""))
        {
            data = data[(opening + 1)..<closing]
        }
        self.init(text[..<space].text, data.text, isComment: true)
    }

    /// The two sides of `name=value` without the spaces around the sign; `nil` when there is no sign.
    var assignment: (name: String, value: String)? {
        let bytes = Array(data.utf8)[...]
        guard let sign = bytes.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        var name = bytes[..<sign]
        while name.last == UInt8(ascii: " ") { name.removeLast() }
        let value = bytes[(sign + 1)...].drop { $0 == UInt8(ascii: " ") }
        return (name.text, value.text)
    }

    private static func quoted(
        after word: StaticString,
        in text: ArraySlice<UInt8>
    ) -> (value: String, end: Int)? {
        guard let word = text.firstIndex(ofFolded: word),
            let sign = text[word...].firstIndex(of: UInt8(ascii: "=")),
            let opening = text[sign...].firstIndex(of: UInt8(ascii: "\"")),
            let closing = text[(opening + 1)...].firstIndex(of: UInt8(ascii: "\""))
        else { return nil }
        return (text[(opening + 1)..<closing].text, closing + 1)
    }
}

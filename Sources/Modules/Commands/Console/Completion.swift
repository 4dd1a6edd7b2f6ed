import Base
import SwitchCore
import XMLConfig

/// How an unfinished command line could go on.
struct Completion {
    /// How the words are shown: so many in a line, each so wide.
    private static let (columns, width) = (4, 20)
    /// How many words are shown at most.
    static let limit = 256

    /// The beginning of the last word.
    private let beginning: String
    private let words: [String]

    /// - Parameter line: The line up to the cursor.
    init(_ line: String, _ softswitch: Switch) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        beginning = parts.last ?? ""
        let before = parts.dropLast().filter { !$0.isEmpty }
        var found: Set<String> = []
        if let name = before.first {
            let syntax = softswitch.commands[name]?.syntax.split(separator: " ").map(String.init) ?? []
            if let place = syntax[at: before.count - 1] { found.formUnion(Self.words(at: place, softswitch)) }
        } else {
            found.formUnion(softswitch.commands.names + softswitch.aliases.all.map(\.name))
        }
        for entry in softswitch.completions.all where entry.words.starts(with: before) {
            switch entry.words[at: before.count] {
            case "::console::list_uuid"?: found.formUnion(softswitch.sessions.all.map(\.id))
            case let word?: found.insert(word)
            case nil: continue
            }
        }
        words = found.filter { [beginning] word in word.hasPrefix(beginning) }.sorted()
    }

    /// The words that a place of a command's syntax allows: `<uuid>`, `<mod_name>`, `[all]`, `codec|endpoint`.
    private static func words(at place: String, _ softswitch: Switch) -> [String] {
        switch place {
        case "<uuid>", "<other_uuid>": return softswitch.sessions.all.map(\.id)
        case "<mod_name>", "<module>": return softswitch.modules.catalogue.names
        default:
            let alternatives = place.filter { $0 != "[" && $0 != "]" }.split(separator: "|").map(String.init)
            return alternatives.filter { !$0.contains("<") }
        }
    }

    /// The answer to `console_complete`: the choices, and behind `write=` how many characters go and what comes.
    var text: String {
        let end = words.count == 1 ? " " : ""
        let write = words.isEmpty ? "" : "\n\nwrite=\(beginning.count):\(shared)\(end)"
        return words.count == 1 ? write : table + write
    }

    /// The answer to `console_complete_xml`.
    var xml: String {
        let matches = words.prefix(Self.limit).map { "  <match>\(XMLNode.escaped($0))</match>\n" }.joined()
        let write = "  <write length=\"\(beginning.count)\">\(XMLNode.escaped(shared))</write>\n"
        return "<complete>\n\(matches)\(write)</complete>\n"
    }

    /// What all the words begin with.
    private var shared: String { words.dropFirst().reduce(words.first ?? "") { $0.commonPrefix(with: $1) } }

    private var table: String {
        var text = ""
        for (index, word) in words.prefix(Self.limit).enumerated() {
            let blanks = String(repeating: " ", count: max(Self.width - word.count, 0))
            text += "[\(blanks)\(word)]" + ((index + 1).isMultiple(of: Self.columns) ? "\n" : "\t")
        }
        return text
    }
}

extension String {
    fileprivate func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0 == $1 }.map(\.0))
    }
}

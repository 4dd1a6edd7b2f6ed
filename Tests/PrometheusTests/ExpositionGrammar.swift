/// Reads Prometheus's text format, version 0.0.4, strictly: what does not belong there is an error.
///
/// It is stricter than a scraper: a family has help and type, in this order and once, its samples follow at once, no
/// sample is there twice, and a counter's name ends with `_total`.
struct ExpositionGrammar {
    struct Problem: Error, CustomStringConvertible {
        let line: String
        let what: String

        var description: String { "\(what): \(line)" }
    }

    /// The values by the name with its labels, as it is written.
    private(set) var samples: [String: Double] = [:]
    /// The type of each family.
    private(set) var types: [String: String] = [:]
    private var help: Set<String> = []
    private var current = ""

    init(_ text: String) throws(Problem) {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Problem(line: "the end", what: "no end of line") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("# ") { try readComment(String(line)) } else { try readSample(String(line)) }
        }
    }

    private mutating func readComment(_ line: String) throws(Problem) {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count == 4, Self.isName(words[2], colons: true) else { throw Problem(line: line, what: "comment") }
        switch words[1] {
        case "HELP":
            guard help.insert(words[2]).inserted else { throw Problem(line: line, what: "a second help") }
            current = words[2]
        case "TYPE":
            guard current == words[2], types[words[2]] == nil else { throw Problem(line: line, what: "type") }
            guard ["counter", "gauge"].contains(words[3]) else { throw Problem(line: line, what: "unknown type") }
            guard (words[3] == "counter") == words[2].hasSuffix("_total") else {
                throw Problem(line: line, what: "_total and the type do not agree")
            }
            types[words[2]] = words[3]
        default: throw Problem(line: line, what: "neither help nor type")
        }
    }

    private mutating func readSample(_ line: String) throws(Problem) {
        let characters = Array(line)
        let end = characters.firstIndex { $0 == "{" || $0 == " " } ?? characters.count
        let name = String(characters[..<end])
        guard Self.isName(name, colons: true), name == current, types[name] != nil else {
            throw Problem(line: line, what: "a sample outside of its family")
        }
        var position = end
        if position < characters.count, characters[position] == "{" {
            guard let after = Self.skipLabels(characters, from: position + 1) else {
                throw Problem(line: line, what: "labels")
            }
            position = after
        }
        guard position < characters.count, characters[position] == " " else {
            throw Problem(line: line, what: "no value")
        }
        let number = String(characters[(position + 1)...])
        guard let value = Double(number.replacing("Inf", with: "inf")), !number.contains(" ") else {
            throw Problem(line: line, what: "no number")
        }
        guard samples.updateValue(value, forKey: String(characters[..<position])) == nil else {
            throw Problem(line: line, what: "a second time")
        }
    }

    /// The position after `}`; `nil` when these are no labels.
    private static func skipLabels(_ characters: [Character], from start: Int) -> Int? {
        var position = start
        var names: Set<String> = []
        while true {
            guard let equals = characters[position...].firstIndex(of: "="), equals + 1 < characters.count else {
                return nil
            }
            let name = String(characters[position..<equals])
            guard isName(name, colons: false), names.insert(name).inserted, characters[equals + 1] == "\"" else {
                return nil
            }
            position = equals + 2
            while position < characters.count, characters[position] != "\"" {
                if characters[position] == "\\" {
                    position += 1
                    guard position < characters.count, ["\\", "\"", "n"].contains(characters[position]) else {
                        return nil
                    }
                }
                position += 1
            }
            position += 1
            guard position < characters.count else { return nil }
            if characters[position] == "}" { return position + 1 }
            guard characters[position] == "," else { return nil }
            position += 1
        }
    }

    private static func isName(_ text: String, colons: Bool) -> Bool {
        guard let first = text.first, !first.isNumber else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || colons && $0 == ":") }
    }
}

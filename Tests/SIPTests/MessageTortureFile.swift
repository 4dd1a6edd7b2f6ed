import Foundation

/// One message of a torture file; `Torture/README.md` describes the format.
struct TortureCase: Sendable, CustomStringConvertible {
    var name: String
    var section: String
    var expectation: String
    var probes: [(key: String, value: String)] = []
    var bytes: [UInt8] = []

    var description: String { "\(name) §\(section)" }

    /// The messages of a file beside this source.
    static func load(_ file: String) -> [TortureCase] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Torture")
        guard let text = try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8) else {
            return []
        }
        var cases: [TortureCase] = []
        var lines: [Substring] = []
        func close() {
            guard !cases.isEmpty else { return }
            cases[cases.count - 1].bytes = encode(lines)
            lines = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("=== ") {
                close()
                let fields = line.dropFirst(4).split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                cases.append(TortureCase(name: fields[0], section: fields[1], expectation: fields[2]))
            } else if line.hasPrefix("? "), lines.isEmpty, let equals = line.firstIndex(of: "=") {
                let key = line[..<equals].dropFirst(2).trimmingCharacters(in: .whitespaces)
                let value = line[equals...].dropFirst().trimmingCharacters(in: .whitespaces)
                cases[cases.count - 1].probes.append((key, String(decoding: expand(value), as: UTF8.self)))
            } else {
                lines.append(line)
            }
        }
        close()
        return cases
    }

    private static func encode(_ lines: [Substring]) -> [UInt8] {
        let split = lines.firstIndex(of: "") ?? lines.endIndex
        var body: [UInt8] = []
        for line in lines[min(split + 1, lines.endIndex)...] { body += expand(line) + [13, 10] }
        var bytes: [UInt8] = []
        for line in lines[..<split] {
            bytes += expand(line.replacing("\\{body}", with: "\(body.count)")) + [13, 10]
        }
        return bytes + [13, 10] + body
    }

    /// `\xNN` and `\{N*TEXT}`; every other backslash is itself.
    private static func expand(_ text: some StringProtocol) -> [UInt8] {
        var out: [UInt8] = []
        var rest = Substring(text)
        while let first = rest.first {
            if rest.hasPrefix("\\x"), let byte = UInt8(rest.dropFirst(2).prefix(2), radix: 16) {
                out.append(byte)
                rest = rest.dropFirst(4)
            } else if rest.hasPrefix("\\{"), let star = rest.firstIndex(of: "*"), let end = rest.firstIndex(of: "}"),
                let count = Int(rest[..<star].dropFirst(2))
            {
                out += Array(String(repeating: String(rest[star..<end].dropFirst()), count: count).utf8)
                rest = rest[end...].dropFirst()
            } else {
                out += Array(String(first).utf8)
                rest = rest.dropFirst()
            }
        }
        return out
    }
}

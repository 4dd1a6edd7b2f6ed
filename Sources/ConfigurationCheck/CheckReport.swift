import Base
public import XMLConfig

/// What a check found, as a command prints it.
public struct CheckReport: Sendable {
    /// The findings, ordered by file and line; each once.
    public let findings: [Finding]

    /// A report of findings in any order.
    public init(_ findings: [Finding]) {
        var seen: Set<Finding> = []
        self.findings = findings.map(\.withPlainPath).filter { seen.insert($0).inserted }.sorted { left, right in
            let (first, second) = (left.diagnostic.location, right.diagnostic.location)
            return (first?.file ?? "", first?.line ?? 0, left.diagnostic.message)
                < (second?.file ?? "", second?.line ?? 0, right.diagnostic.message)
        }
    }

    /// Whether everything in the tree works here, apart from what notes say; decides the exit status.
    public var isClean: Bool { findings.allSatisfy { $0.diagnostic.severity == .note } }

    /// How many findings there are of a severity, about one subject or all.
    public func count(_ severity: Diagnostic.Severity, about subject: Finding.Subject? = nil) -> Int {
        findings.count { $0.diagnostic.severity == severity && (subject == nil || $0.subject == subject) }
    }

    private func shown(_ withNotes: Bool) -> [Finding] {
        withNotes ? findings : findings.filter { $0.diagnostic.severity > .note }
    }

    // MARK: - Text

    /// One finding a line as compilers write it, and a table of how many there are.
    public func text(withNotes: Bool = true) -> String {
        (shown(withNotes).map(\.diagnostic.description) + summary).map { $0 + "\n" }.joined()
    }

    private var summary: [String] {
        let subjects = Finding.Subject.allCases.filter { subject in findings.contains { $0.subject == subject } }
        let rows: [(name: String, subject: Finding.Subject?)] = subjects.map { ($0.rawValue, $0) } + [("all", nil)]
        let lines = rows.map { row in
            Self.line(row.name, [.error, .warning, .note].map { String(count($0, about: row.subject)) })
        }
        return [Self.line("", ["errors", "warnings", "notes"])] + lines
    }

    private static func line(_ name: String, _ cells: [String]) -> String {
        let padded = cells.map { String(repeating: " ", count: max(10 - $0.count, 0)) + $0 }
        return name + String(repeating: " ", count: max(14 - name.count, 0)) + padded.joined()
    }

    // MARK: - JSON

    /// The findings as a JSON array of objects with `file`, `line`, `severity`, `subject` and `message`.
    public func json(withNotes: Bool = true) -> String {
        let objects = shown(withNotes).map { finding in
            let (diagnostic, location) = (finding.diagnostic, finding.diagnostic.location)
            let fields = [
                "\"file\": \(JSONText.quoted(location?.file ?? ""))", "\"line\": \(location?.line ?? 0)",
                "\"severity\": \(JSONText.quoted(diagnostic.severity.rawValue))",
                "\"subject\": \(JSONText.quoted(finding.subject.rawValue))",
                "\"message\": \(JSONText.quoted(diagnostic.message))",
            ]
            return "  {" + fields.joined(separator: ", ") + "}"
        }
        return objects.isEmpty ? "[]\n" : "[\n" + objects.joined(separator: ",\n") + "\n]\n"
    }
}

extension Finding {
    /// The finding with `conf/b.xml` for `conf/a/../b.xml`, so that what is in one file stands together.
    fileprivate var withPlainPath: Finding {
        guard let location = diagnostic.location, location.file.contains("/../") else { return self }
        var parts: [Substring] = []
        for part in location.file.split(separator: "/", omittingEmptySubsequences: false) {
            if part == "..", let last = parts.last, !last.isEmpty, last != "..", last != "." {
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        let plain = SourceLocation(file: parts.joined(separator: "/"), line: location.line)
        return Finding(subject, Diagnostic(diagnostic.severity, at: plain, diagnostic.message))
    }
}

public import XMLConfig

/// Something that the check found, and what it is about.
public struct Finding: Hashable, Sendable {
    /// What a finding is about.
    public enum Subject: String, CaseIterable, Sendable {
        /// Reading the files: the preprocessor and the XML itself.
        case loading
        /// Sections, and configurations that nothing reads.
        case configuration
        /// What `modules.conf` loads.
        case module
        /// Settings of `switch.conf`.
        case core
        /// Settings of call detail records.
        case records = "call detail records"
        /// Settings of SIP profiles and gateways.
        case sip = "SIP profile"
        /// Lists of `acl.conf`.
        case accessList = "access list"
        /// How extensions and conditions are written.
        case dialplan
        /// The same of the chatplan.
        case chatplan
        /// Applications of actions.
        case application
        /// API commands in expressions.
        case command
        /// Destinations of `bridge`.
        case dialString = "dial string"
        /// What is played and recorded.
        case sound
        /// Users and domains.
        case directory
    }

    /// What it is about.
    public let subject: Subject
    /// How bad it is, where and why.
    public let diagnostic: Diagnostic

    /// A finding.
    public init(_ subject: Subject, _ diagnostic: Diagnostic) {
        (self.subject, self.diagnostic) = (subject, diagnostic)
    }
}

/// Findings as a check collects them.
struct FindingList {
    private(set) var findings: [Finding] = []

    mutating func add(_ subject: Finding.Subject, _ severity: Diagnostic.Severity, _ node: XMLNode, _ message: String) {
        findings.append(Finding(subject, Diagnostic(severity, at: node.location, message)))
    }

    mutating func add(_ subject: Finding.Subject, _ diagnostics: [Diagnostic]) {
        findings += diagnostics.map { Finding(subject, $0) }
    }

    mutating func add(_ others: FindingList) {
        findings += others.findings
    }

    /// Reports a name that this version does not have: FreeSWITCH's, or nobody's.
    mutating func addMissing(
        _ subject: Finding.Subject,
        _ kind: String,
        _ name: String,
        from names: NameSet,
        at node: XMLNode
    ) {
        if names.isFreeSWITCHs(name) {
            add(subject, .warning, node, "the \(kind) \"\(name)\" is not in this version")
        } else {
            add(
                subject,
                .error,
                node,
                "there is no \(kind) \"\(name)\"\(SpellingSuggestion.hint(for: name, among: names.all))"
            )
        }
    }
}

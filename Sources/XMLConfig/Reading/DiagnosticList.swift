/// Findings of one reading, up to a limit; what is beyond it is counted.
public struct DiagnosticList: Sendable {
    /// The most findings that are kept.
    public static let limit = 1000

    private var kept: [Diagnostic] = []
    private var omitted = 0
    private var worstOmitted = Diagnostic.Severity.note

    /// An empty list.
    public init() {}

    /// The findings in the order made; the last one says how many were left out, as severe as the worst of them.
    public var all: [Diagnostic] {
        guard omitted > 0 else { return kept }
        return kept + [Diagnostic(worstOmitted, at: nil, "\(omitted) more findings are not listed")]
    }

    /// Adds a finding.
    public mutating func add(_ severity: Diagnostic.Severity, at location: SourceLocation?, _ message: String) {
        guard kept.count < Self.limit else {
            omitted += 1
            worstOmitted = max(worstOmitted, severity)
            return
        }
        kept.append(Diagnostic(severity, at: location, message))
    }
}

import ConfigurationCheck
import XMLConfig

/// Findings of a check, those that say the same as one.
struct FindingSummary {
    private struct Key: Hashable {
        let severity: Diagnostic.Severity
        let message: String
    }

    private var counts: [Key: Int] = [:]
    private var places: [Key: String] = [:]

    /// How many different things are told; more of them would be read by nobody.
    private static let limit = 500

    /// Takes in errors and warnings; what is only worth knowing is left to `tandem check`.
    ///
    /// - Parameter place: Where they are, when they do not say so.
    mutating func add(_ findings: [Finding], place: String = "") {
        for finding in findings where finding.diagnostic.severity > .note {
            let key = Key(severity: finding.diagnostic.severity, message: finding.diagnostic.message)
            guard counts[key] != nil || counts.count < Self.limit else { continue }
            counts[key, default: 0] += 1
            let file = finding.diagnostic.location?.file ?? ""
            if places[key] == nil { places[key] = file.isEmpty ? place : file }
        }
    }

    /// What was found most often comes first.
    var notes: [MigrationNote] {
        counts.sorted { ($1.value, $0.key.message) < ($0.value, $1.key.message) }.map { key, count in
            let place = places[key].map { $0.isEmpty ? "" : count > 1 ? ", first in \($0)" : ", in \($0)" } ?? ""
            return MigrationNote(key.severity, "\(key.message)\(count > 1 ? " (\(count) times)" : "")\(place)")
        }
    }
}

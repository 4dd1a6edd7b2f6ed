import Database

/// How what a table has of a node's differs from what the node knows: that alone is written when changes were lost.
///
/// So nobody of the node is missing in the table meanwhile, and what is there already costs the database nothing.
struct RegistrationDifference {
    /// A row that belongs to no registration any more.
    struct Row: Sendable, Hashable {
        let user: String
        let domain: String
        let contact: String
    }

    /// The rows to be taken out.
    private(set) var gone: [Row] = []
    /// The registrations to be written.
    private(set) var changed: [RegistrationRecord] = []

    /// - Parameters:
    ///   - rows: What the table has of this node's.
    ///   - records: What it should have.
    init(from rows: [DatabaseRow], to records: [RegistrationRecord], host: String, profile: String) {
        var kept: [Row: [String]] = [:]
        for row in rows {
            kept[
                Row(
                    user: Self.text(row, "sip_user"),
                    domain: Self.text(row, "sip_host"),
                    contact: Self.text(row, "contact")
                )
            ] =
                RegistrationRecord.columns.map { Self.text(row, $0) }
        }
        for record in records {
            let old = kept.removeValue(forKey: Row(user: record.user, domain: record.domain, contact: record.contact))
            if old != record.row(host: host, profile: profile) { changed.append(record) }
        }
        gone = kept.keys.sorted { ($0.domain, $0.user, $0.contact) < ($1.domain, $1.user, $1.contact) }
    }

    private static func text(_ row: DatabaseRow, _ column: String) -> String { row[column]?.text ?? "" }
}

import XMLConfig

/// The names of all domains, without anything in them.
struct DomainsDocument {
    static let sql = "SELECT domain_name FROM v_domains ORDER BY domain_name"

    let node: XMLNode

    init(_ rows: [TableRow]) {
        node = .answer(
            .directory,
            rows.map { XMLNode("domain", [("name", TableText.safe($0.text("domain_name")))]) }
        )
    }
}

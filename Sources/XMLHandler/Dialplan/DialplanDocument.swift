import Base
import XMLConfig

/// A context with the extensions that its rows hold, in their order.
struct DialplanDocument {
    /// The document; `nil` for a tenant that is disabled.
    let node: XMLNode?
    /// The rows that were left out because what they hold is not XML.
    let faults: [RowFault]
    /// Whether no row leads from the number that was called, where rows do.
    let isForNobody: Bool

    /// The context for the rows of ``DialplanQuery``.
    init(_ rows: [TableRow], for question: DialplanQuestion, host: String, library: RowLibrary = RowLibrary()) {
        let source = DialplanQuestion.NumberSource(setting: rows.first?.text("number_source") ?? "")
        let number = question.number(source)
        if let row = rows.first, row["context_tenant"] == question.context, !row.isTrue("context_enabled") {
            (node, faults, isForNobody) = (nil, [], false)
            return
        }
        let columns = Columns(rows.first)
        let contexts = question.contexts
        func counts(_ row: TableRow) -> Bool {
            Self.counts(row, columns, for: question, of: contexts, number: number, host: host)
        }
        var seen: Set<String> = []
        // A row comes once for each number that leads to it.
        let counted = rows.filter { counts($0) && seen.insert($0[columns.identifier] ?? "").inserted }
        var extensions: [XMLNode] = []
        var faults: [RowFault] = []
        let texts = counted.map { ($0[columns.identifier] ?? "", $0[columns.text] ?? "") }
        let results = library.elements(of: texts, named: Self.name) { (index) throws(RowFault) in
            try Self.extensions(of: counted[index])
        }
        for result in results {
            switch result {
            case .success(let elements): extensions += elements
            case .failure(let fault): faults.append(fault)
            }
        }
        let context = XMLNode(
            "context",
            [
                ("name", TableText.safe(question.context)), ("destination_number", TableText.safe(number)),
                ("hostname", host),
            ],
            extensions
        )
        node = .answer(.dialplan, [context])
        self.faults = faults
        // A row of everybody's may come a second time, for its number.
        isForNobody =
            question.isPublic && rows.first.map(Self.isByNumber) ?? true
            && !rows.contains { Self.leads($0, from: number) && counts($0) }
    }

    /// Where the columns are that every row is looked at for.
    private struct Columns {
        let identifier: Int?
        let text: Int?
        let isEnabled: Int?
        let host: Int?
        let isTenantEnabled: Int?
        let context: Int?

        /// - Parameter row: One of the rows, which all have the same columns.
        init(_ row: TableRow?) {
            identifier = row?.place(of: "dialplan_uuid")
            text = row?.place(of: "dialplan_xml")
            isEnabled = row?.place(of: "dialplan_enabled")
            host = row?.place(of: "hostname")
            isTenantEnabled = row?.place(of: "tenant_enabled")
            context = row?.place(of: "dialplan_context")
        }
    }

    /// Whether the public context is made of the rows that a number leads to.
    private static func isByNumber(_ row: TableRow) -> Bool { row["dialplan_mode"] == "single" }

    /// Whether the number that was called leads to a row.
    private static func leads(_ row: TableRow, from number: String) -> Bool {
        row["numbered_dialplan"] != nil && row.isTrue("destination_enabled") && DestinationNumber(row).matches(number)
    }

    /// Whether a row is part of the context: it is enabled, as are its tenant and the number that leads to it, and it is
    /// of this machine or of any.
    private static func counts(
        _ row: TableRow,
        _ columns: Columns,
        for question: DialplanQuestion,
        of contexts: [String],
        number: String,
        host: String
    ) -> Bool {
        guard row[columns.isEnabled]?.isTrueSetting == true else { return false }
        if let machine = row[columns.host], !machine.isEmpty, machine != host { return false }
        if let isEnabled = row[columns.isTenantEnabled], !isEnabled.isTrueSetting { return false }
        // To the letter, which not all databases look at.
        let context = row[columns.context] ?? ""
        guard question.isPublic, isByNumber(row) else { return contexts.contains(context) }
        if row["domain_uuid"] == nil, context.contains("public") { return true }
        return leads(row, from: number)
    }

    /// What locations call a row.
    private static func name(_ identifier: String) -> String { "v_dialplans/\(identifier)" }

    /// The elements that a row holds.
    private static func extensions(of row: TableRow) throws(RowFault) -> [XMLNode] {
        let text = row.text("dialplan_xml")
        guard !text.isEmpty else { return [] }
        let name = name(row.text("dialplan_uuid"))
        do throws(ConfigurationError) {
            // On the row's first line, so that errors name its own lines.
            return try XMLDocument.parse(Array("<row>\(text)</row>".utf8), named: name).children
        } catch {
            throw RowFault(
                table: "v_dialplans",
                key: row.text("dialplan_uuid"),
                name: row.text("dialplan_name"),
                reason: "\(error.first)"
            )
        }
    }
}

import XMLConfig

/// `modules.conf`: what a switch loads, as FusionPBX's page writes it into a file.
struct ModulesDocument {
    static let file = "modules.conf"
    static let sql = """
        SELECT module_name, module_order, module_category, module_enabled FROM v_modules \
        ORDER BY module_order, module_category, module_name
        """

    let node: XMLNode

    /// The modules of rows; `nil` where none is enabled, as a switch without any is of no use.
    init?(_ rows: [TableRow]) {
        let names = rows.sorted(byNumberIn: "module_order").filter { $0.isTrue("module_enabled") }
            .compactMap { $0.nonEmpty("module_name") }
        guard !names.isEmpty else { return nil }
        let loads = names.map { XMLNode("load", [("module", TableText.safe($0))]) }
        node = .configuration(Self.file, description: "Modules", [XMLNode("modules", [], loads)])
    }
}

/// A menu with all menus below it, of those that a tenant has.
struct MenuTree {
    /// All menus of the tenant whose menu one is; the value is that one.
    static let sql = """
        SELECT m.*, d.domain_name AS tenant_name FROM v_ivr_menus m JOIN v_domains d ON d.domain_uuid = m.domain_uuid \
        WHERE m.domain_uuid = (SELECT r.domain_uuid FROM v_ivr_menus r WHERE r.ivr_menu_uuid = ?) \
        ORDER BY m.ivr_menu_name, m.ivr_menu_uuid
        """

    /// The menu and those below it, level by level; none where it is disabled.
    let menus: [TableRow]

    init(_ rows: [TableRow], root: String) {
        let enabled = rows.filter { $0.isTrue("ivr_menu_enabled") }
        let children = Dictionary(grouping: enabled) { $0.text("ivr_menu_parent_uuid") }
        var found: [TableRow] = enabled.filter { $0.text("ivr_menu_uuid").lowercased() == root.lowercased() }
        // Menus may be below each other in a circle.
        var seen = Set(found.map { $0.text("ivr_menu_uuid") })
        var next = 0
        while next < found.count {
            for child in children[found[next].text("ivr_menu_uuid")] ?? []
            where seen.insert(child.text("ivr_menu_uuid")).inserted {
                found.append(child)
            }
            next += 1
        }
        menus = found
    }
}

public import XMLConfig

/// What `tandem check` wants to know about `ivr.conf`.
public enum MenuCheck {
    /// An application that a menu runs.
    public struct Call {
        /// Where it is written.
        public let node: XMLNode
        /// The application.
        public let application: String
        /// Its data.
        public let data: String
    }

    /// The configurations that it looks at.
    public static let configurations: Set<String> = ["ivr.conf"]

    /// The entries that no menu has.
    public static func diagnostics(for configuration: XMLNode) -> [Diagnostic] {
        var found: [Diagnostic] = []
        for menu in menus(of: configuration) { _ = MenuDefinition(menu) { found.append($0) } }
        return found
    }

    /// What the menus run.
    public static func calls(in configuration: XMLNode) -> [Call] {
        menus(of: configuration).flatMap { menu in
            let escapes = ["exec-on-max-failures", "exec-on-max-timeouts"].compactMap { name in
                menu.nonEmpty(attribute: name).map { call(menu, $0) }
            }
            let entries = menu.children(named: "entry").filter {
                $0[attribute: "action"]?.lowercased() == "menu-exec-app"
            }
            return entries.map { call($0, $0[attribute: "param"] ?? "") } + escapes
        }
    }

    private static func menus(of configuration: XMLNode) -> [XMLNode] {
        configuration.first("menus").map { Array($0.children(named: "menu")) } ?? []
    }

    private static func call(_ node: XMLNode, _ text: String) -> Call {
        let (application, data) = MenuDefinition.call(text)
        return Call(node: node, application: application, data: data)
    }
}

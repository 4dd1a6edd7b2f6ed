import XMLConfig

/// The menus of `ivr.conf`, as rows of a domain.
///
/// The handler names a menu by the identifier of its row, and answers for one together with those below it.
struct MenusImport {
    private(set) var output: ImportedRows
    /// What menus are called now.
    private(set) var names = MenuNames()

    private static let texts: Set<String> = [
        "greet-long", "greet-short", "invalid-sound", "exit-sound", "pin", "confirm-macro", "confirm-key", "tts-engine",
        "tts-voice", "exit-app", "exit-data",
    ]
    private static let numbers: Set<String> = [
        "confirm-attempts", "timeout", "inter-digit-timeout", "max-failures", "max-timeouts", "digit-len",
    ]
    /// What the handler leaves in a text, of all that begins with a `$`.
    private static let soundVariables = ["${default_language}", "${default_dialect}", "${default_voice}"]
    private static let entryVariables = ["${accountcode}", "${uuid}"] + (1...9).map { "$\($0)" }
    /// How far apart the orders of entries are, so that there is room between them.
    private static let step = 10

    /// Adds the rows of `ivr.conf` to others.
    ///
    /// - Parameter domains: The domains of the tree; menus are the first one's.
    init(_ configuration: XMLNode?, domains: [String], _ gateways: GatewayNames, into output: ImportedRows) {
        self.output = output
        let menus = configuration?.first("menus")?.children.filter { $0.name == "menu" } ?? []
        guard !menus.isEmpty else { return }
        guard let domain = domains.first else {
            self.output.note(.warning("menus belong to a domain, and the directory has none: they are left out"))
            return
        }
        if domains.count > 1 { self.output.note(.note("menus belong to a domain: \(domain) has all of them now")) }
        for menu in menus { names.add(menu[attribute: "name"] ?? "") }
        let parents = parents(of: menus)
        for menu in menus { add(menu, below: parents, domain, gateways) }
        self.output.note(.note("menus are named by the identifiers of their rows now, in the dialplan too"))
    }

    /// Under which menu each one is.
    private mutating func parents(of menus: [XMLNode]) -> [String: String] {
        var parents: [String: String] = [:]
        for menu in menus {
            for entry in menu.children where entry[attribute: "action"] == "menu-sub" {
                let (name, child) = (menu[attribute: "name"] ?? "", entry[attribute: "param"] ?? "")
                guard names.identifiers[child] != nil else {
                    output.note(.warning("menu \(name): there is no menu \(child) below it"))
                    continue
                }
                if let other = parents[child], other != name {
                    output.note(.warning("menu \(child) is below several: only \(other) leads to it now"))
                } else {
                    parents[child] = name
                }
            }
        }
        return parents
    }

    private mutating func add(
        _ menu: XMLNode,
        below parents: [String: String],
        _ domain: String,
        _ gateways: GatewayNames
    ) {
        let name = menu[attribute: "name"] ?? ""
        let tenant = ImportedRows.identifier("v_domains", domain)
        var texts = ["domain_uuid": tenant, "ivr_menu_name": ImportedRows.kept(name)]
        texts["ivr_menu_parent_uuid"] = parents[name].flatMap { names.identifiers[$0] }
        for (key, value) in menu.attributes where key != "name" && !value.isEmpty {
            let column = "ivr_menu_" + (key == "pin" ? "pin_number" : key.replacing("-", with: "_"))
            guard Self.texts.contains(key) || Self.numbers.contains(key) && Int(value) != nil else {
                output.note(.warning("menu \(name): \(key) has no place in the tables"))
                continue
            }
            texts[column] = ImportedRows.kept(value)
            noteVariables(in: value, Self.soundVariables, "menu \(name): \(key)")
        }
        let identifier = output.add(
            "v_ivr_menus",
            key: "ivr_menu_uuid",
            named: name,
            texts: texts,
            truths: ["ivr_menu_enabled": true, "ivr_menu_direct_dial": false]
        )
        for (index, entry) in menu.children.enumerated() where entry.name == "entry" {
            let (action, param) = (entry[attribute: "action"] ?? "", entry[attribute: "param"] ?? "")
            noteVariables(in: param, Self.entryVariables, "menu \(name): an entry")
            output.add(
                "v_ivr_menu_options",
                key: "ivr_menu_option_uuid",
                named: "\(name) \(index)",
                isOrdered: true,
                texts: [
                    "domain_uuid": tenant, "ivr_menu_uuid": identifier, "ivr_menu_option_action": action,
                    "ivr_menu_option_digits": ImportedRows.kept(entry[attribute: "digits"] ?? ""),
                    "ivr_menu_option_param": ImportedRows.kept(
                        action == "menu-sub"
                            ? names.identifiers[param] ?? param
                            : names.replaced(inCommand: gateways.replaced(in: param))
                    ),
                    "ivr_menu_option_description": ImportedRows.kept(entry[attribute: "description"] ?? ""),
                    "ivr_menu_option_order": String((index + 1) * Self.step),
                ],
                truths: ["ivr_menu_option_enabled": true]
            )
        }
    }

    private mutating func noteVariables(in value: String, _ kept: [String], _ place: String) {
        let rest = kept.reduce(value) { $0.replacing($1, with: "") }
        guard rest.contains("$") else { return }
        output.note(.warning("\(place) loses its variables: the handler leaves out every other $"))
    }
}

/// The names that menus get.
struct MenuNames: Sendable {
    private(set) var identifiers: [String: String] = [:]

    /// Gives a menu the identifier of its row.
    mutating func add(_ name: String) {
        identifiers[name] = ImportedRows.identifier("v_ivr_menus", name)
    }

    /// An extension of the dialplan, as it is written, whose application `ivr` has the new names.
    func replaced(in text: String) -> String {
        guard text.contains(Self.start) else { return text }
        return identifiers.reduce(text) { text, menu in
            let name = XMLNode.escaped(menu.key, inAttribute: true)
            return text.replacing("\(Self.start)\(name)\"", with: "\(Self.start)\(menu.value)\"")
        }
    }

    /// An application with its argument, as an entry of a menu has it.
    func replaced(inCommand text: String) -> String {
        let words = text.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0] == "ivr", let identifier = identifiers[String(words[1])] else { return text }
        return "ivr \(identifier)"
    }

    private static let start = "application=\"ivr\" data=\""
}

import XMLConfig

/// `ivr.conf`: a menu and those below it.
struct IVRDocument {
    private static let shortest = TenantSettings.Key("ivr_menu", "direct_dial_digits_min", "numeric")
    private static let longest = TenantSettings.Key("ivr_menu", "direct_dial_digits_max", "numeric")
    /// Where recordings are: `base64` for the database, `http_cache` for a web server.
    static let storage = TenantSettings.Key("recordings", "storage_type", "text")
    private static let storagePath = TenantSettings.Key("recordings", "storage_path", "text")
    /// The settings that the document needs.
    static let settings = [shortest, longest, storage, storagePath]

    /// The variables that an entry may have for each call.
    private static let entryVariables = ["{accountcode}", "{uuid}"]

    private let domain: String
    private let tenant: String
    private let settings: TenantSettings
    private let entries: [String: [TableRow]]
    private let options: HandlerOptions

    /// - Parameters:
    ///   - domain: The domain whose extensions can be dialled.
    ///   - tenant: Its identifier.
    ///   - entries: What keys do, of all menus.
    init(domain: String, tenant: String, settings: TenantSettings, entries: [TableRow], options: HandlerOptions) {
        (self.domain, self.tenant, self.settings, self.options) = (domain, tenant, settings, options)
        // Versions before 5.1 cannot disable one.
        let enabled = entries.filter { $0["ivr_menu_option_enabled"] == nil || $0.isTrue("ivr_menu_option_enabled") }
        self.entries = Dictionary(grouping: enabled) { $0.text("ivr_menu_uuid") }
    }

    /// A document with menus.
    static func node(_ menus: [XMLNode]) -> XMLNode {
        .configuration("ivr.conf", description: "IVR Menus", [XMLNode("menus", [], menus)])
    }

    /// A menu with its entries.
    func menu(_ row: TableRow) -> XMLNode {
        let long = sound(row.text("ivr_menu_greet_long"))
        let short = row.text("ivr_menu_greet_short")
        let sounds = [
            ("greet-long", long), ("greet-short", short.utf8.count > 1 ? sound(short) : long),
            ("invalid-sound", prompt(row.text("ivr_menu_invalid_sound"))),
            ("exit-sound", prompt(row.text("ivr_menu_exit_sound"))), ("pin", row.text("ivr_menu_pin_number")),
        ]
        let columns = [
            "confirm-macro", "confirm-key", "tts-engine", "tts-voice", "confirm-attempts", "timeout",
            "inter-digit-timeout", "max-failures", "max-timeouts", "digit-len",
        ].map { ($0, row.text("ivr_menu_" + $0.replacing("-", with: "_"))) }
        let exits = ["ivr_menu_exit_app", "ivr_menu_exit_data"].map { ($0, row.text($0)) }
        let head = [("name", row.text("ivr_menu_uuid")), ("description", row.text("ivr_menu_name"))]
        let rows = (entries[row.text("ivr_menu_uuid")] ?? []).filter { $0.nonEmpty("ivr_menu_option_action") != nil }
        return XMLNode(
            "menu",
            TableText.safe(head + sounds + columns + exits, keeping: Self.soundVariables),
            rows.map(Self.entry) + (row.isTrue("ivr_menu_direct_dial") ? directDial(beside: rows) : [])
        )
    }

    private static func entry(_ row: TableRow) -> XMLNode {
        XMLNode(
            "entry",
            [
                ("action", TableText.safe(row.text("ivr_menu_option_action"))),
                // A regular expression may end with a dollar.
                ("digits", XMLNode.unescaped(row.text("ivr_menu_option_digits"))),
                (
                    "param",
                    TableText.safe(row.text("ivr_menu_option_param"), keeping: entryVariables, keepsCaptures: true)
                ),
                ("description", TableText.safe(row.text("ivr_menu_option_description"))),
            ]
        )
    }

    // MARK: - Sounds

    private static let soundVariables = ["{default_language}", "{default_dialect}", "{default_voice}"]
    private static let voice = "${default_language}/${default_dialect}/${default_voice}"

    /// A sound that a menu names: a tenant's recording where there is one of the name.
    private func sound(_ name: String) -> String {
        guard !name.isEmpty else { return name }
        let name = settings[Self.storage] == "http_cache" ? "\(webFolder)/\(name)" : name
        let recording = "\(options.recordingsDirectory)/\(domain)/\(name)"
        return !options.fileExists(name) && options.fileExists(recording) ? recording : name
    }

    /// Where the web server has the tenant's recordings.
    private var webFolder: String {
        (settings[Self.storagePath] ?? "").replacing("${domain_name}", with: domain)
            .replacing("${domain_uuid}", with: tenant)
    }

    /// The same, where it may also be one of the sounds that come with the voice.
    private func prompt(_ name: String) -> String {
        let found = sound(name)
        guard found == name, !name.isEmpty, !options.fileExists(name),
            options.fileExists("\(options.soundsDirectory)/en/us/callie/8000/\(name)")
        else { return found }
        return "\(options.soundsDirectory)/\(Self.voice)/\(name)"
    }

    // MARK: - Direct dialling

    /// Entries for extensions of the domain; numbers of as many digits that are entries are none.
    private func directDial(beside rows: [TableRow]) -> [XMLNode] {
        let shortest = settings[Self.shortest] ?? "2"
        let longest = settings[Self.longest] ?? "11"
        let taken = rows.map { $0.text("ivr_menu_option_digits") }.filter { digits in
            !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) }
                && digits.utf8.count >= Int(shortest) ?? 2
        }
        let except = taken.isEmpty ? "" : "(?!^(\(taken.joined(separator: "|")))$)"
        let digits = "/^(\(except)\\d{\(shortest),\(longest)})$/"
        let sounds = "\(options.soundsDirectory)/\(Self.voice)/ivr/ivr-"
        let domain = TableText.safe(domain)
        let steps = [
            (
                "set ${cond(${user_exists id $1 \(domain)} == true ? user_exists=true : user_exists=false)}",
                "direct dial"
            ),
            (
                "playback ${cond(${user_exists} == true ? \(sounds)call_being_transferred.wav : "
                    + "\(sounds)that_was_an_invalid_entry.wav)}",
                "play sound"
            ),
            ("transfer ${cond(${user_exists} == true ? $1 XML \(domain))}", "direct dial transfer"),
        ]
        return steps.map { param, description in
            XMLNode(
                "entry",
                [("action", "menu-exec-app"), ("digits", digits), ("param", param), ("description", description)]
            )
        }
    }
}

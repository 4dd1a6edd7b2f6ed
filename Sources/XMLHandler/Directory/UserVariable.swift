import XMLConfig

/// A variable of a user that comes from one column, and how.
enum UserVariable {
    /// The column's text, there even when it is empty.
    case always(String)
    /// The column's text, where it is not empty.
    case text(String)
    /// The same under another name.
    case named(String, column: String)
    /// A boolean column, where it is true or a word.
    case flag(String)
    /// The same under another name.
    case namedFlag(String, column: String)
    /// The column's text, or else another.
    case withDefault(String, String)
    /// What a choice of the media's path sets to true.
    case mediaPath
    /// First and last name.
    case fullName

    /// The variables that follow who the user is, in their order.
    static let afterIdentity: [UserVariable] = [
        .text("call_group"), .flag("call_screen_enabled"), .text("user_record"), .text("hold_music"),
        .text("toll_allow"), .text("accountcode"), .always("user_context"), .text("effective_caller_id_name"),
        .text("effective_caller_id_number"), .text("outbound_caller_id_name"), .text("outbound_caller_id_number"),
        .text("emergency_caller_id_name"), .text("emergency_caller_id_number"), .text("missed_call_app"),
        .text("missed_call_data"), .fullName, .namedFlag("directory-visible", column: "directory_visible"),
        .namedFlag("directory-exten-visible", column: "directory_exten_visible"), .withDefault("limit_max", "5"),
        .text("limit_destination"), .named("sip-force-contact", column: "sip_force_contact"),
        .named("sip-force-expires", column: "sip_force_expires"), .text("nibble_account"),
        .text("absolute_codec_string"), .flag("force_ping"), .mediaPath,
    ]

    /// Where calls go instead.
    static let forwarding = ["all", "busy", "no_answer", "user_not_registered"].flatMap { kind in
        [UserVariable.flag("forward_\(kind)_enabled"), .text("forward_\(kind)_destination")]
    }

    /// The languages of the prompts.
    static let languages = ["language", "dialect", "voice"].map {
        UserVariable.named("default_\($0)", column: "extension_\($0)")
    }

    private static let mediaPaths = [
        "bypass-media": "bypass_media", "bypass-media-after-bridge": "bypass_media_after_bridge",
        "proxy-media": "proxy_media",
    ]

    /// The variable for a row; none where the column has nothing.
    func node(_ row: TableRow) -> [XMLNode] {
        switch self {
        case .always(let name): [.variable(name, TableText.safe(row.text(name)))]
        case .text(let name): Self.variable(name, row.text(name))
        case .named(let name, let column): Self.variable(name, row.text(column))
        case .flag(let name): Self.variable(name, row.flag(name))
        case .namedFlag(let name, let column): Self.variable(name, row.flag(column))
        case .withDefault(let name, let other): Self.variable(name, row.nonEmpty(name) ?? other)
        case .mediaPath: Self.variable(Self.mediaPaths[row.text("sip_bypass_media")] ?? "", "true")
        case .fullName: Self.variable("directory_full_name", UserDocument.fullName(row))
        }
    }

    private static func variable(_ name: String, _ text: String) -> [XMLNode] {
        name.isEmpty || text.isEmpty ? [] : [.variable(name, TableText.safe(text))]
    }
}

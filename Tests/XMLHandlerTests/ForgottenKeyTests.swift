import Testing

@testable import XMLHandler

/// Every way in which FusionPBX's pages say that something has changed.
struct ForgottenKeyTests {
    /// A key, the groups or sections that it stands for, and how FusionPBX's script writes it.
    @Test(
        arguments: [
            ("directory:1000@tenant.example", ["directory-groups", "directory.1000"], "directory:1000@tenant.example"),
            // A context for a domain: the user counts.
            ("directory.1000@other.context", ["directory-groups", "directory.1000"], "directory:1000@other.context"),
            ("directory:groups:tenant.example", ["directory-groups"], "directory:groups:tenant.example"),
            ("dialplan:tenant.example", ["dialplan.tenant.example", "dialplan.tenant"], "dialplan:tenant.example"),
            ("dialplan.public", ["dialplan.public"], "dialplan:public"),
            ("dialplan:public:+493012345", ["dialplan.public.+493012345", "dialplan.public"], nil),
            ("configuration:acl.conf", ["configuration.acl.conf"], "configuration:acl.conf"),
            // With a machine and without.
            ("configuration:callcenter.conf", ["configuration.callcenter.conf"], "configuration:callcenter.conf"),
            ("pbx1:configuration:callcenter.conf", ["configuration.callcenter.conf"], "configuration:callcenter.conf"),
            (
                "web.example:configuration:sofia.conf", ["configuration.sofia.conf"],
                "web.example:configuration:sofia.conf"
            ),
            ("pbx1.configuration.sofia.conf", ["configuration.sofia.conf"], "pbx1:configuration:sofia.conf"),
            ("configuration:ivr.conf:17-a", ["configuration.ivr.conf"], "configuration:ivr.conf:17-a"),
            ("configuration.ivr.conf.17-a", ["configuration.ivr.conf"], "configuration:ivr.conf:17-a"),
            ("configuration:translate.conf", ["configuration.translate.conf"], "configuration:translate.conf"),
            // A phrase, in two spellings of which neither is the script's, and all of a language.
            ("languages:en.60-a", ["languages.en"], "languages:en:60-a"),
            ("languages:en:60-a", ["languages.en"], "languages:en:60-a"),
            ("languages:en", ["languages.en"], "languages:en"),
            ("app.dialplan.speed_dial.*01@t.example", [], "app:dialplan:speed_dial:*01@t.example"),
            ("setting:t.example:domain:dial_string:text", [], "setting:t.example:domain:dial_string:text"),
            // What is part of every context, and wildcards of the file cache.
            ("dialplan:global", ["dialplan"], nil), ("dialplan:${domain_name}", ["dialplan"], nil),
            ("dialplan:*", ["dialplan"], nil), ("dialplan.*", ["dialplan"], nil),
            ("directory:*@tenant.example", ["directory"], nil), ("languages:*", ["languages"], nil),
            ("*:configuration:sofia.conf", ["configuration.sofia.conf"], nil),
            ("configuration:ivr.conf:*", ["configuration"], nil), ("", [], nil), ("nothing", [], "nothing"),
            ("*", ["configuration", "dialplan", "directory", "languages"], nil),
            (String(repeating: "x", count: 601), [], nil),
        ] as [(String, [String], String?)]
    )
    private func understands(key: String, tags: [String], shared: String?) {
        let forgotten = ForgottenKey(key)
        #expect(forgotten.groups + forgotten.sections == tags)
        if let shared { #expect(forgotten.sharedNames.contains(shared)) }
    }
}

/// Where our documents are meant to differ from the recorded ones, and why; COMPATIBILITY.md has the same list.
///
/// Each has the recorded text as it would be without the fault, to the letter, so that whatever else differs is found.
enum GoldenDifferences {
    /// A fault of the original that is mended here.
    struct Mended: Sendable {
        /// What the names of the questions contain whose answers have it.
        let names: [String]
        /// What is otherwise here.
        let reason: String
        /// The recorded answer without the fault; `nil` for none.
        let answer: @Sendable (_ recorded: String?) -> String?

        fileprivate init(_ reason: String, _ names: [String], _ answer: @escaping @Sendable (String?) -> String?) {
            (self.reason, self.names, self.answer) = (reason, names, answer)
        }
    }

    static let mended = directory + dialplan + configuration

    /// The recorded answer to a question as it is without the faults; `nil` where there is to be none.
    static func answer(_ name: String, _ recorded: String?) -> String? {
        let own = mended.filter { fault in fault.names.contains { name.contains($0) } }
        return withEmptyHostName(own.reduce(recorded) { text, fault in fault.answer(text) })
    }

    // MARK: - The directory

    private static let directory = [
        Mended(
            "the password is the row's, with its quotation marks",
            [
                "10-directory-api-08", "11-directory-cached-special", "12-directory-sip_auth-register-special-password",
                "23-dialplan-call-special-characters.1-directory", "23-dialplan-call-special-characters.4-directory",
                "23-dialplan-call-special-characters.5-directory",
            ],
            replacing(["\"p&w<d>\"q'$x\"": "\"p&amp;w&lt;d&gt;&quot;q'$x\""])
        ),
        Mended(
            "groups are found",
            ["10-directory-api-25-group-call", "10-directory-api-26-group-call", "13-directory-group-endpoint"]
        ) { recorded in
            recorded?.replacing(#/<groups>\s*</groups>/#, with: GoldenDocuments.groups)
        },
        Mended(
            "a dial string with quotation marks does not break the document",
            ["10-directory-api-33"],
            replacing(["a=\"b\"": "a=&quot;b&quot;"])
        ),
        Mended(
            "the option false means false",
            ["18-directory-number_as_presence_id-false"],
            replacing(["name=\"presence_id\" value=\"1005@": "name=\"presence_id\" value=\"user-1005@"])
        ),
        Mended("the directory of names is answered", ["14-directory-populate-database.3"]) { _ in
            GoldenDocuments.names
        },
    ]

    // MARK: - The dialplan

    private static let dialplan = [
        Mended("no number is a number that leads nowhere", ["10-directory-api-30-xml-locate-dialplan"]) { _ in
            GoldenCorpus.answer("32-dialplan-public-single-unknown.1-dialplan")
        },
        Mended(
            "a disabled domain has no context",
            ["24-dialplan-context-disabled-example.1", "32-dialplan-public-single-disabled-domain.2"]
        ) { _ in nil },
        Mended(
            "the number of a disabled domain leads nowhere",
            [
                "32-dialplan-public-single-disabled-domain.1", "34-dialplan-public-multiple-did.1",
                "34-dialplan-public-multiple-unknown.1",
            ],
            without(extension: "dd000000-0000-4000-8000-000000000007")
        ),
        Mended(
            "a disabled number leads nowhere",
            ["32-dialplan-public-single-disabled-destination.1"],
            without(extension: "dd000000-0000-4000-8000-000000000004")
        ),
        Mended(
            "a row that is not XML is left out",
            ["24-dialplan-context-broken-tenant1.1"],
            without(extension: "dd000000-0000-4000-8000-000000000010")
        ),
    ]

    /// A row whose host name is empty is of any machine, so the tenant's context has it wherever that is asked for.
    private static func withEmptyHostName(_ recorded: String?) -> String? {
        guard let recorded, recorded.contains("<context name=\"tenant1.example\"") else { return recorded }
        return recorded.replacing("</context>", with: GoldenDocuments.extensionWithoutHost + "</context>")
    }

    // MARK: - Files and phrases

    private static let configuration = [
        Mended(
            "a profile with one setting ends",
            ["02-configuration-sofia-one-setting"],
            replacing(["value=\"15091\"/>": "value=\"15091\"/></settings></profile>"])
        ),
        Mended(
            "a menu's callers dial extensions of its own tenant",
            ["05-configuration-ivr-3.3-configuration"],
            replacing([
                "id $1 tenant1.example}": "id $1 tenant2.example}",
                "$1 XML tenant1.example)}": "$1 XML tenant2.example)}",
            ])
        ),
        Mended(
            "the exit sound of a tenant is found",
            ["05-configuration-ivr-files-present.3"],
            replacing(["\"bye.wav\"": "\"/var/lib/freeswitch/recordings/tenant1.example/bye.wav\""])
        ),
        Mended("rules are in the order of their numbers, of which 5 comes before 10", ["-translate.conf"]) { recorded in
            // As texts 005 and 010, those of the profile "own", are in that order too.
            let rules = #/(<profile name="(?!own)[^\n]*\n)(.*?)([^\n]*<rule [^\n]*\n)(\s*</profile>)/#
                .dotMatchesNewlines()
            return recorded?.replacing(rules) { "\($0.1)\($0.3)\($0.2)\($0.4)" }
        },
        Mended(
            "phrases of all tenants are found",
            ["40-languages-phrase-3.3", "05-configuration-ivr-3.4-languages"]
        ) { recorded in
            recorded?.replacing(#/<macros>\s*</macros>/#, with: GoldenDocuments.phrase)
        },
    ]

    // MARK: - Ways of mending

    private static func replacing(_ texts: KeyValuePairs<String, String>) -> @Sendable (String?) -> String? {
        let texts = texts.map { ($0.key, $0.value) }
        return { recorded in texts.reduce(recorded) { text, pair in text?.replacing(pair.0, with: pair.1) } }
    }

    private static func without(extension identifier: String) -> @Sendable (String?) -> String? {
        { recorded in
            guard let recorded, let mark = recorded.firstRange(of: "uuid=\"\(identifier)\""),
                let start = recorded[..<mark.lowerBound].ranges(of: "<extension ").last,
                let end = recorded[mark.upperBound...].firstRange(of: "</extension>")
            else { return recorded }
            return "\(recorded[..<start.lowerBound])\(recorded[end.upperBound...])"
        }
    }

    // MARK: - Values that are written in another way

    /// A recorded document with the values as they are written here.
    static func written(_ recorded: String) -> String {
        var text = recorded
        for param in ["vm-enabled", "vm-email-all-messages", "register"] {
            for (short, long) in [("t", "true"), ("f", "false")] {
                text = text.replacing(
                    "name=\"\(param)\" value=\"\(short)\"",
                    with: "name=\"\(param)\" value=\"\(long)\""
                )
            }
        }
        // It is another one each time.
        text = text.replacing(#/virtual\.0\.\d+/#, with: "virtual.0.5")
        // Commas are between files, and an empty name of a sound is none.
        text = text.replacing("/a.wav/usr/share", with: "/a.wav,/usr/share")
        text = text.replacing(
            "invalid-sound=\"/var/lib/freeswitch/recordings/tenant1.example/\"",
            with: "invalid-sound=\"\""
        )
        // A gateway's password is the row's.
        return text.replacing("pa<s>\"s'w0rd", with: "pa<s>\"s'$w0rd")
    }
}

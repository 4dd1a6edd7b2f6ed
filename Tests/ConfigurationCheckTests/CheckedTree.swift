import ConfigurationCheck
import XMLConfig

/// A tree written in a test, and what the check says about it.
enum CheckedTree {
    /// What the imaginary version of these tests has.
    static let known = KnownNames(
        modules: ["mod_sofia", "mod_dptools"],
        applications: [
            ("answer", false), ("bridge", false), ("endless_playback", false), ("hangup", false), ("playback", false),
            ("set", true), ("transfer", false),
        ],
        commands: ["regex", "sofia_contact"],
        endpoints: ["error", "sofia", "user"],
        dialplans: ["XML", "inline"],
        configurations: ["acl.conf", "modules.conf", "sofia.conf", "switch.conf"]
    )

    /// The findings about the sections of a document, each as `line severity subject: message`.
    static func findings(_ sections: String) throws -> [String] {
        let text = "<document>\(sections)</document>"
        let root = try XMLDocument.parse(Array(text.utf8), named: "test.xml")
        return CheckReport(ConfigurationCheck(known: known).run(on: root)).findings.map { finding in
            let diagnostic = finding.diagnostic
            return "\(diagnostic.location?.line ?? 0) \(diagnostic.severity) \(finding.subject): \(diagnostic.message)"
        }
    }

    static func dialplan(_ content: String) throws -> [String] {
        try findings("<section name=\"dialplan\"><context name=\"default\">\(content)</context></section>")
    }

    /// The findings about one extension whose only condition captures the number.
    static func actions(_ content: String) throws -> [String] {
        let condition = "<condition field=\"destination_number\" expression=\"^(.*)$\">"
        return try dialplan("<extension name=\"e\">\(condition)\(content)</condition></extension>")
    }

    static func configuration(_ content: String) throws -> [String] {
        try findings("<section name=\"configuration\">\(content)</section>")
    }
}

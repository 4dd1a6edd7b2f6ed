import Base
import SwitchCore
import XMLConfig

/// The configuration.
enum XMLCommands {
    static func all(_ control: ProgramControl) -> [APICommand] {
        [
            APICommand("reloadxml", summary: "reads the configuration anew") { _, _ in
                "+OK [\(await control.reload() ?? "Success")]\n"
            },
            APICommand("reloadacl", summary: "reads the configuration and the access lists anew") { _, _ in
                await control.reload().map { "-ERR [\($0)]\n" } ?? "+OK acl reloaded\n"
            },
            APICommand("reloadcert", summary: "reads certificates anew") { context, _ in
                context.softswitch.events.publish(.certReload) { context.softswitch.makeEvent(.certReload) }
                return "+OK cert reload event sent\n"
            },
            APICommand("xml_locate", syntax: locateSyntax, summary: "an element of the configuration") {
                context,
                text in
                await locate(CommandText.words(of: text), context.softswitch)
            },
            APICommand("xml_wrap", syntax: "<command> <args>", summary: "the answer of a command in XML") {
                context,
                text in
                await wrap(text, context)
            },
            APICommand("xml_flush_cache", syntax: "<id> <key> <val>", summary: "forgets users that were looked up") {
                context,
                text in
                let words = CommandText.words(of: text)
                let directory = context.softswitch.directory
                // The key is always the id.
                var count =
                    words.count > 1 ? directory.flush(user: words[1], domain: words[at: 2]) : directory.flush()
                let key = words[at: 1].map { user in "directory:\(user)" + (words[at: 2].map { "@\($0)" } ?? "") }
                count += await context.softswitch.forgetDocuments(key)
                return "+OK cleared \(count) entr\(count == 1 ? "y" : "ies")\n"
            },
            APICommand("global_getvar", syntax: "<var>", summary: "a global variable, or all of them") {
                context,
                name in
                let globals = context.softswitch.xml.globals
                guard name.isEmpty else { return globals[name] ?? "" }
                return globals.all.map { "\($0.name)=\($0.value)\n" }.joined()
            },
            APICommand("global_setvar", syntax: setSyntax, summary: "sets a global variable") { context, text in
                set(text, context.softswitch.xml.globals) ? "+OK" : CommandText.usage(setSyntax)
            },
        ]
    }

    private static let locateSyntax = "[root | <section> <tag> <tag_attr_name> <tag_attr_val>]"
    private static let setSyntax = "<var>=<value> [=<value2>]"

    private static func locate(_ words: [String], _ softswitch: Switch) async -> String {
        if words.count == 1, words[0] == "root" { return softswitch.xml.snapshot.root.description }
        guard let section = words.first.flatMap({ XMLSection(rawValue: $0) }) else { return "can't find anything\n" }
        let names = ["section", "tag", "tag_attr_name", "tag_attr_val"]
        let node = await softswitch.xml.locate(
            section: section,
            tag: words[at: 1] ?? "",
            key: words[at: 2] ?? "",
            value: words[at: 3] ?? "",
            parameters: LookUpOrigin("mod_commands.c", "xml_locate_function").parameters + zip(names, words)
        )
        return node?.description ?? "can't find anything\n"
    }

    private static func wrap(_ text: String, _ context: APIContext) async -> String {
        guard !text.isEmpty else { return "-ERR Invalid syntax\n" }
        let isEncoded = text.lowercased().hasPrefix("encoded ")
        let line = isEncoded ? String(text.dropFirst("encoded ".count)) : text
        let answer = await EvaluationCommands.run(line, context)
        let data = isEncoded ? URLEncoding.encode(answer) : answer
        return "<result>\n  <row id=\"1\">\n    <data>\(data)</data>\n  </row>\n</result>\n"
    }

    /// `name=value`, and with a second `=` only when the variable has that value still.
    private static func set(_ text: String, _ globals: GlobalVariables) -> Bool {
        let parts = ListSplitter.split(text, by: "=", limit: 3)
        guard let name = parts.first, !name.isEmpty else { return false }
        let value = parts[at: 1].flatMap { $0.isEmpty ? nil : $0 }
        if let expected = parts[at: 2], !expected.isEmpty {
            _ = globals.replace(name, with: value ?? "", ifEqualTo: expected)
        } else {
            globals[name] = value
        }
        return true
    }
}

import SwitchCore

/// `show`: tables of what there is.
enum ShowCommand {
    private static let syntax =
        "codec|endpoint|application|api|dialplan|file|timer|calls [count]|channels [count|like <match string>]|calls|"
        + "detailed_calls|bridged_calls|detailed_bridged_calls|aliases|complete|chat|management|modules|nat_map|say|"
        + "interfaces|interface_types|tasks|limits|status"
    private static let wordLimit = 6

    static let command = APICommand("show", syntax: syntax, summary: "lists what there is") { context, text in
        await answer(CommandText.words(of: text, limit: wordLimit), context) ?? CommandText.usage(syntax)
    }

    private static func answer(_ words: [String], _ context: APIContext) async -> String? {
        guard let subject = words.first?.lowercased() else { return nil }
        if subject == "status" { return await context.softswitch.execute(command: "status") }
        if subject == "help" { return ConsoleCommands.help(words[at: 1] ?? "", context.softswitch.commands) }
        guard var listing = await listing(subject, context.softswitch) else { return nil }
        var rest = words.dropFirst()
        var isCount = false
        switch rest.first?.lowercased() {
        case "count" where countable.contains(subject):
            isCount = true
            rest = rest.dropFirst()
        case "like" where subject == "channels":
            rest = rest.dropFirst()
            if let pattern = rest.popFirst() { listing = ChannelListing.filtered(listing, like: pattern) }
        case let name? where name != "as" && namable[subject] != nil:
            let column = namable[subject] ?? 0
            listing.rows = listing.rows.filter { $0[column] == name }
            rest = rest.dropFirst()
        default: break
        }
        guard rest.first?.lowercased() == "as", let name = rest.dropFirst().first else {
            return listing.text(.delimited(","), isCount: isCount)
        }
        guard let form = Listing.Form(name, delimiter: rest.dropFirst(2).first) else {
            return "-ERR Cannot find format \(name)\n"
        }
        return listing.text(form, isCount: isCount)
    }

    private static let countable: Set = ["calls", "channels", "registrations"]
    /// The tables of which one name can be asked for, and the column that it is in.
    private static let namable = ["application": 0, "api": 0, "module": 2, "modules": 2]

    private static func listing(_ subject: String, _ softswitch: Switch) async -> Listing? {
        switch subject {
        case "channels": return await ChannelListing.channels(of: softswitch)
        case "calls": return await ChannelListing.calls(of: softswitch)
        case "bridged_calls": return await ChannelListing.calls(of: softswitch, isBridged: true)
        case "detailed_calls": return await ChannelListing.detailedCalls(of: softswitch)
        case "detailed_bridged_calls": return await ChannelListing.detailedCalls(of: softswitch, isBridged: true)
        case "registrations": return Listing(await softswitch.registrationTable())
        case "tasks": return Listing(softswitch.taskTable)
        case "aliases": return Listing(softswitch.aliasTable)
        case "complete": return Listing(softswitch.completionTable)
        case "nat_map": return Listing(columns: ["port", "proto", "proto_num", "sticky"], rows: [])
        default: return InterfaceListing(softswitch).listing(subject)
        }
    }
}

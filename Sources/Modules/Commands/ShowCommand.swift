import SwitchCore

/// `show`: tables of what there is.
enum ShowCommand {
    private static let syntax =
        "channels [like <text>]|calls|modules|application|api|endpoint|dialplan [count] [as csv|json|xml|delim <text>]"

    static let command = APICommand("show", syntax: syntax, summary: "lists what there is") { context, text in
        await answer(text.split(separator: " ").map(String.init), context.softswitch) ?? "-USAGE: show \(syntax)\n"
    }

    private static func answer(_ words: [String], _ softswitch: Switch) async -> String? {
        var words = words
        guard let form = takeForm(from: &words), let subject = words.first else { return nil }
        guard var listing = await listing(subject, softswitch) else { return nil }
        let isCount = words.count == 2 && words[1] == "count"
        if words.count > 2, words[1] == "like", subject == "channels" {
            let wanted = words[2...].joined(separator: " ").lowercased()
            listing.rows = listing.rows.filter { row in
                likeColumns.contains { row[$0].lowercased().contains(wanted) }
            }
        } else if words.count > 1, !isCount {
            return nil
        }
        return listing.text(form, isCount: isCount)
    }

    /// The positions of the columns that `like` looks into.
    private static let likeColumns = ["uuid", "name", "cid_name", "cid_num", "presence_data"].compactMap {
        ChannelListing.columns.firstIndex(of: $0)
    }

    /// Takes `as …` off the end; `nil` when there is no such form.
    private static func takeForm(from words: inout [String]) -> Listing.Form? {
        guard let place = words.lastIndex(of: "as"), place > 0 else { return .delimited(",") }
        let wanted = words[(place + 1)...]
        let form: Listing.Form? =
            switch (wanted.first, wanted.count) {
            case ("csv", 1): .delimited(",")
            case ("json", 1): .json
            case ("xml", 1): .xml
            case ("delim", 2): .delimited(wanted.last ?? ",")
            default: nil
            }
        words.removeSubrange(place...)
        return form
    }

    private static func listing(_ subject: String, _ softswitch: Switch) async -> Listing? {
        switch subject {
        case "channels": return await ChannelListing.channels(of: softswitch)
        case "calls": return await ChannelListing.calls(of: softswitch)
        case "modules": return names(softswitch.modules.names)
        case "endpoint", "endpoints": return names(softswitch.endpoints.names)
        case "dialplan", "dialplans": return names(softswitch.dialplans.names)
        case "application", "applications":
            let rows = softswitch.applications.names.map { [$0, softswitch.applications[$0]?.syntax ?? ""] }
            return Listing(columns: ["name", "syntax"], rows: rows)
        case "api":
            let rows = softswitch.commands.names.map { name in
                [name, softswitch.commands[name]?.summary ?? "", softswitch.commands[name]?.syntax ?? ""]
            }
            return Listing(columns: ["name", "description", "syntax"], rows: rows)
        default: return nil
        }
    }

    private static func names(_ names: [String]) -> Listing {
        Listing(columns: ["name"], rows: names.map { [$0] })
    }
}

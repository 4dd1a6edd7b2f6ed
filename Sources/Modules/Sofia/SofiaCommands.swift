import Base
import SwitchCore

/// The commands of `mod_sofia`.
enum SofiaCommands {
    static func all(_ module: SofiaModule) -> [APICommand] {
        [contact(module), presenceData, SofiaCommand.make(module), SofiaCommand.gatewayData(module)]
            + SofiaRegistrationCommands.all(module)
    }

    /// The command `sofia_presence_data`: what phones have published of themselves, which is nothing here.
    private static let presenceData = APICommand(
        "sofia_presence_data",
        syntax: "[list|status|rpid|user_agent] [profile/]<user>@domain",
        summary: "what a user's phones have published"
    ) { _, text in
        let words = text.split(separator: " ")
        return words.count > 1 && words[0].lowercased() == "list" ? "+OK\n" : ""
    }

    /// The command `sofia_contact [profile/]user@domain`.
    private static func contact(_ module: SofiaModule) -> APICommand {
        APICommand("sofia_contact", syntax: "[profile/]<user>@<domain>", summary: "a user's contacts") {
            [weak module] context, arguments in
            guard let module, !arguments.isEmpty else { return "-USAGE: [profile/]<user>@<domain>\n" }
            var rest = arguments[...]
            var profileName: Substring?
            if let slash = rest.firstIndex(of: "/") {
                profileName = rest[..<slash]
                rest = rest[rest.index(after: slash)...]
            }
            let parts = rest.split(separator: "@", maxSplits: 1).map(String.init)
            guard let user = parts.first else { return "error/user_not_registered" }
            let profiles =
                profileName == nil || profileName == "*"
                ? module.allProfiles : [profileName.flatMap { module.profile(named: String($0)) }].compactMap { $0 }
            var found: [String] = []
            for profile in profiles {
                found += await module.contacts(of: user, domain: parts.count > 1 ? parts[1] : nil, in: profile)
            }
            return found.isEmpty ? "error/user_not_registered" : found.joined(separator: ",")
        }
    }
}

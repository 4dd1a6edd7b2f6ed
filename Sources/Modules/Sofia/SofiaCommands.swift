import Base
import SwitchCore

/// The commands of `mod_sofia`.
enum SofiaCommands {
    static func all(_ module: SofiaModule) -> [APICommand] {
        [contact(module), sofia(module)] + SofiaRegistrationCommands.all(module)
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

    /// The command `sofia status [profile <name> [reg]]`.
    private static func sofia(_ module: SofiaModule) -> APICommand {
        APICommand("sofia", syntax: "status [profile <name> [reg]]", summary: "SIP profiles and registrations") {
            [weak module] _, arguments in
            guard let module else { return "-ERR mod_sofia is stopping\n" }
            let words = arguments.split(separator: " ").map(String.init)
            switch words {
            case ["status"]: return await SofiaStatus.overview(module)
            case let words where words.count >= 3 && words[0] == "status" && words[1] == "profile":
                guard let profile = module.profile(named: words[2]) else { return "Invalid Profile!\n" }
                return words.count > 3 && words[3] == "reg"
                    ? await SofiaStatus.registrations(profile) : await SofiaStatus.profile(profile)
            default: return "-USAGE: sofia status [profile <name> [reg]]\n"
            }
        }
    }
}

import SwitchCore

/// `sofia_count_reg` and `sofia_username_of`: what is registered for a user.
enum SofiaRegistrationCommands {
    static func all(_ module: SofiaModule) -> [APICommand] {
        [
            APICommand("sofia_count_reg", syntax: "[profile/]<user>@<domain>", summary: "how many contacts a user has")
            {
                [weak module]
                _,
                text in
                guard let module, !text.isEmpty else { return "" }
                return await registrations(text, module).map { String($0.count) } ?? "-1"
            },
            APICommand(
                "sofia_username_of",
                syntax: "[profile/]<user>@<domain>",
                summary: "who authenticated for a user's contact"
            ) { [weak module] _, text in
                guard let module, !text.isEmpty else { return "" }
                return await registrations(text, module)?.first?.username ?? ""
            },
        ]
    }

    /// The registrations that `[profile/]user@domain` means; `nil` when there is no such profile.
    ///
    /// Without a profile, the one whose name or alias is the domain is meant; without a user, all of a domain's users.
    private static func registrations(_ text: String, _ module: SofiaModule) async -> [Registration]? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let address = (parts.last ?? "").split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let user = address.first.map(String.init) ?? ""
        let domain = address.count > 1 ? String(address[1]) : ""
        let names = (parts.count > 1 ? [parts[0]] : []) + [domain]
        guard let profile = names.lazy.compactMap({ module.profile(named: $0) }).first else { return nil }
        return await profile.onLoop { profile in
            profile.registrar.all.filter { registration in
                (user.isEmpty || registration.user == user) && (domain.isEmpty || registration.domain == domain)
            }
        }
    }
}

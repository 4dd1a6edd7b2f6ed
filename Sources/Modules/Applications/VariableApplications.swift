import Base
import Logging
import SwitchCore
import XMLConfig

/// Setting and unsetting variables.
enum VariableApplications {
    private static let anywhere: Application.Traits = [.inline, .zombie, .noMedia]

    static let all: [Application] = [
        Application("set", syntax: "<name>=<value>", anywhere) { session, data in
            try await set(data, on: session)
        },
        Application("export", syntax: "[nolocal:]<name>=<value>", anywhere) { session, data in
            let pair = data.settingOfVariable
            guard !pair.name.isEmpty else { throw ApplicationError("export needs name=value") }
            session.export(pair.name, await session.expand(pair.value))
        },
        Application("bridge_export", syntax: "[nolocal:]<name>=<value>", anywhere) { session, data in
            guard let pair = data.assignment else { throw ApplicationError("bridge_export needs name=value") }
            session.export(pair.name, await session.expand(pair.value), list: "bridge_export_vars")
        },
        Application("unset", syntax: "<name>", anywhere) { session, data in session.setVariable(data, nil) },
        Application("multiset", syntax: "[^^<delimiter>]<name>=<value> …", anywhere) { session, data in
            await setAll(ListSplitter.split(data, by: " "), on: session)
        },
        Application("multiunset", syntax: "[^^<delimiter>]<name> …", anywhere) { session, data in
            for name in ListSplitter.split(data, by: " ") { session.setVariable(name, nil) }
        },
        Application("set_global", syntax: "<name>=<value>[=<expected>]", anywhere) { session, data in
            guard let pair = data.assignment else { throw ApplicationError("set_global needs name=value") }
            let parts = pair.value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let globals = session.softswitch.xml.globals
            if parts.count > 1 {
                _ = globals.replace(pair.name, with: String(parts[0]), ifEqualTo: String(parts[1]))
            } else {
                globals[pair.name] = pair.value
            }
        },
        Application("set_profile_var", syntax: "<field>=<value>", anywhere) { session, data in
            guard let pair = data.assignment else { throw ApplicationError("set_profile_var needs field=value") }
            session.profile.setField(pair.name, to: pair.value)
        },
        Application("push", syntax: "<name>=<value>", anywhere) { session, data in
            guard let pair = data.assignment else { throw ApplicationError("push needs name=value") }
            _ = session.variables.push(pair.name, pair.value)
        },
        Application("unshift", syntax: "<name>=<value>", anywhere) { session, data in
            guard let pair = data.assignment else { throw ApplicationError("unshift needs name=value") }
            _ = session.variables.unshift(pair.name, pair.value)
        },
        Application("strftime", syntax: "<variable>=<format>", [.noMedia]) { session, data in
            guard let pair = data.assignment else { throw ApplicationError("strftime needs variable=format") }
            let time = await session.softswitch.execute(command: "strftime \(pair.value)", for: session)
            session.setVariable(pair.name, time)
        },
        Application("transfer_vars", syntax: "<variable>[,<variable> …]|~<prefix>", [.noMedia, .zombie]) {
            session,
            data in
            await transferVariables(data, on: session)
        },
        Application("set_zombie_exec", [.inline, .noMedia]) { session, _ in session.runAfterEnd() },
        Application("set_user", syntax: "<user>@<domain> [<prefix>]", [.inline, .noMedia]) { session, data in
            try await setUser(data, on: session)
        },
    ]

    /// The value is expanded a second time, and may keep an expression for later.
    private static func set(_ data: String, on session: isolated Session) async throws {
        let pair = data.settingOfVariable
        guard !pair.name.isEmpty else { throw ApplicationError("set needs name=value, not \"\(data)\"") }
        let value = await session.expand(pair.value)
        session.setVariableUnchecked(pair.name, value.isEmpty || value == "_undef_" ? nil : value)
    }

    /// One that is no assignment does not keep the others from being set.
    private static func setAll(_ assignments: [String], on session: isolated Session) async {
        for assignment in assignments {
            do {
                try await set(assignment, on: session)
            } catch {
                session.logger.error("\(error)", metadata: ["application": "multiset"])
            }
        }
    }

    /// Gives variables to the partner, by name or by the beginning of their names.
    private static func transferVariables(_ data: String, on session: isolated Session) async {
        guard let partner = session.partner else { return }
        let names = ListSplitter.split(data, by: ",")
        let given = session.variables.filter { variable in
            if data.hasPrefix("~") { return variable.name.hasPrefix(data.dropFirst()) }
            return names.contains(variable.name)
        }
        for variable in given { await partner.setVariableUnchecked(variable.name, variable.value) }
    }

    private static func setUser(_ data: String, on session: isolated Session) async throws {
        let arguments = Arguments(data)
        let parts = (arguments[0] ?? "").split(separator: "@", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ApplicationError("set_user needs user@domain, not \"\(data)\"") }
        let user = await session.softswitch.directory.user(parts[0], domain: parts[1])
        guard let user else { throw ApplicationError("there is no user \(parts[0])@\(parts[1])") }
        let prefix = arguments[1] ?? ""
        for (name, value) in user.variables.all { session.setVariableUnchecked(prefix + name, value) }
        for (name, value) in user.profileVariables.all { session.profile.setField(name, to: value) }
        session.setVariable("user_name", user.id)
        session.setVariable("domain_name", user.domain)
    }
}

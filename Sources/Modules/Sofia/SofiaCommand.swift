import Base
import SwitchCore

/// The command `sofia`, and `sofia_gateway_data`.
enum SofiaCommand {
    private static let syntax =
        "status|xmlstatus [profile <name> [reg [<contact>] | user <user@domain>]] | status|xmlstatus gateway [<name>] | profile <name> "
        + "rescan [reloadxml] | profile <name> register|unregister <gateway>|all | profile <name> killgw <gateway>|_all_ | "
        + "profile <name> gwlist [up|down]"

    static func make(_ module: SofiaModule) -> APICommand {
        APICommand("sofia", syntax: syntax, summary: "SIP profiles, registrations and gateways") {
            [weak module] context, arguments in
            guard let module else { return "-ERR mod_sofia is stopping\n" }
            let words = arguments.split(separator: " ").map(String.init)
            switch words.first {
            case "status": return await status(Array(words.dropFirst()), module)
            case "xmlstatus": return await xmlStatus(Array(words.dropFirst()), module)
            case "profile" where words.count > 2:
                guard let profile = module.profile(named: words[1]) else { return "Invalid Profile [\(words[1])]" }
                return await control(profile, words[2], Array(words.dropFirst(3)), module, context.softswitch)
            default: return "-USAGE: sofia \(syntax)\n"
            }
        }
    }

    // MARK: - Status

    private static func status(_ words: [String], _ module: SofiaModule) async -> String {
        switch words.first {
        case nil: return await SofiaStatus.overview(module)
        case "gateway" where words.count == 1: return await SofiaStatus.gateways(module)
        case "gateway": return await report(words[1], module).map { SofiaStatus.gateway($0) } ?? "Invalid Gateway!\n"
        case "profile" where words.count > 1:
            guard let profile = module.profile(named: words[1]) else { return "Invalid Profile!\n" }
            guard let choice = choice(words.dropFirst(2)) else { return await SofiaStatus.profile(profile) }
            return await SofiaStatus.registrations(profile, choice)
        default: return "Invalid Syntax!\n"
        }
    }

    private static func xmlStatus(_ words: [String], _ module: SofiaModule) async -> String {
        switch words.first {
        case nil: return await SofiaStatus.overviewInXML(module)
        case "gateway" where words.count == 1: return await SofiaStatus.gatewaysInXML(module)
        case "gateway":
            return await report(words[1], module).map { "\(SofiaStatus.declaration)\n\($0.xml)" }
                ?? "Invalid Gateway!\n"
        case "profile" where words.count > 1:
            guard let profile = module.profile(named: words[1]) else { return "Invalid Profile!\n" }
            return await SofiaStatus.profileInXML(profile, choice(words.dropFirst(2)))
        default: return "Invalid Syntax!\n"
        }
    }

    /// `reg`, `reg <contact>` or `user <user@domain>`.
    private static func choice(_ words: ArraySlice<String>) -> RegistrationReport.Choice? {
        let text = words.dropFirst().first
        switch words.first {
        case "reg": return text.map { .contact($0) } ?? .all
        case "user": return text.map { .user($0) }
        default: return nil
        }
    }

    private static func report(_ name: String, _ module: SofiaModule) async -> GatewayReport? {
        await module.withGateway(GatewayReference(name)) { GatewayReport($1, of: $0) }
    }

    // MARK: - Profiles

    private static func control(
        _ profile: Profile,
        _ verb: String,
        _ words: [String],
        _ module: SofiaModule,
        _ softswitch: Switch
    ) async -> String {
        switch verb {
        case "rescan":
            var answer = ""
            if words.first == "reloadxml" { answer = await softswitch.execute(command: "reloadxml") }
            let isFound = await module.rescan(profile)
            return answer + (isFound ? "+OK scan complete\n" : "-ERR cannot find config for profile \(profile.name)\n")
        case "register", "unregister":
            guard let name = words.first else { return "No gateway name provided!\n" }
            return await register(verb == "register", name, profile, module)
        case "killgw":
            guard let name = words.first else { return "-ERR missing gw name\n" }
            return await kill(name, profile, module)
        case "gwlist":
            let isUp = words.first?.lowercased() != "down"
            let names = await profile.onLoop { $0.allGateways.filter { $0.isUp == isUp }.map(\.name) }
            return names.joined(separator: " ")
        default: return "-ERR Unknown command!\n"
        }
    }

    private static func register(
        _ isWanted: Bool,
        _ name: String,
        _ profile: Profile,
        _ module: SofiaModule
    ) async -> String {
        let change: @Sendable (Profile, Gateway) -> Void = { isWanted ? $0.register($1) : $0.unregister($1) }
        if name.lowercased() == "all" {
            await profile.onLoop { profile in for gateway in profile.allGateways { change(profile, gateway) } }
            return "+OK\n"
        }
        return await module.withGateway(GatewayReference(name), change) == nil ? "Invalid gateway!\n" : "+OK\n"
    }

    private static func kill(_ name: String, _ profile: Profile, _ module: SofiaModule) async -> String {
        if name.lowercased() == "_all_" {
            await profile.onLoop { profile in for gateway in profile.allGateways { profile.remove(gateway) } }
            return "+OK every gateway marked for deletion.\n"
        }
        let isKnown = await module.withGateway(GatewayReference(name)) { $0.remove($1) } != nil
        return isKnown ? "+OK gateway marked for deletion.\n" : "-ERR no such gateway.\n"
    }

    // MARK: - Variables

    /// `sofia_gateway_data <gateway> ivar|ovar|var <name>`: what a gateway gives the channels of its calls.
    static func gatewayData(_ module: SofiaModule) -> APICommand {
        let syntax = "<gateway_name> [ivar|ovar|var] <name>"
        return APICommand("sofia_gateway_data", syntax: syntax, summary: "a variable of a gateway") {
            [weak module] _, arguments in
            let words = arguments.split(separator: " ").map(String.init)
            let usage = "-ERR Usage: sofia_gateway_data \(syntax)\n"
            guard let module, words.count > 2 else { return usage }
            let found = await module.withGateway(GatewayReference(words[0])) { _, gateway -> String? in
                let (inbound, outbound) = (
                    gateway.configuration.inboundVariables, gateway.configuration.outboundVariables
                )
                let lists: [String: [(name: String, value: String)]] = [
                    "ivar": inbound, "ovar": outbound, "var": inbound + outbound,
                ]
                return lists[words[1].lowercased()]?.first { $0.name.equalsIgnoringASCIICase(words[2]) }?.value
            }
            guard let found else { return usage }
            return found ?? ""
        }
    }
}

import Base
import SwitchCore

/// The command `sofia`, and `sofia_gateway_data`.
enum SofiaCommand {
    private static let syntax =
        "status|xmlstatus [profile <name> [reg [<contact>] | user <user@domain>]] | status|xmlstatus gateway [<name>] | "
        + "profile <name> \(SofiaProfileCommand.syntax) | profile restart all | global siptrace on|off | "
        + "tracelevel [<level>] | help"

    static func make(_ module: SofiaModule) -> APICommand {
        APICommand("sofia", syntax: syntax, summary: "SIP profiles, registrations and gateways") {
            [weak module] _, arguments in
            guard let module else { return "-ERR mod_sofia is stopping\n" }
            let words = arguments.split(separator: " ").map(String.init)
            let rest = Array(words.dropFirst())
            switch words.first {
            case nil, "help": return "-USAGE: sofia \(syntax)\n"
            case "status": return await status(rest, module)
            case "xmlstatus": return await xmlStatus(rest, module)
            case "profile": return await SofiaProfileCommand.answer(rest, module)
            case "global": return await SofiaTracing.all(rest, module)
            case "tracelevel": return await SofiaTracing.level(rest.first, module)
            case "recover": return "-ERR recovering calls is not in this version\n"
            case "loglevel": return "-ERR logs by component are not in this version; see sofia tracelevel\n"
            case "jsonstatus": return "-ERR sofia jsonstatus is not in this version\n"
            case let word?: return "Unknown Command [\(word)]\n"
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

import Base
import SwitchCore
import Synchronization

/// `sofia profile`: what is done to a profile, with FreeSWITCH's answers.
enum SofiaProfileCommand {
    static let syntax =
        "start|stop|restart|rescan | profile <name> flush_inbound_reg [<call_id>|[<user>]@<domain>] [reboot] | "
        + "profile <name> check_sync [<call_id>|[<user>]@<domain>] | profile <name> register|unregister <gateway>|all | "
        + "profile <name> killgw <gateway>|_all_ | profile <name> startgw <gateway> | profile <name> gwlist [up|down] | "
        + "profile <name> siptrace on|off"

    /// A profile has to be up for so long before it is stopped or restarted.
    private static let settlingTime = Duration.seconds(10)

    static func answer(_ words: [String], _ module: SofiaModule) async -> String {
        guard words.count > 1 else { return "Invalid Args!\n" }
        let (name, verb) = (words[0], words[1].lowercased())
        if verb == "start" {
            let reload = await reloadXML(module)
            let isStarted = await module.startProfile(named: name)
            return reload + (isStarted ? "\(name) started successfully\n" : "Failure starting \(name)\n")
        }
        if name.lowercased() == "restart", verb == "all" {
            // Those that have begun just now stay, as when they are named.
            for profile in module.allProfiles where await settling(profile) <= .zero {
                Task(executorPreference: profile.loop) { await module.restartProfile(profile) }
            }
            return ""
        }
        guard let profile = module.profile(named: name) else { return "Invalid Profile [\(name)]" }
        return await control(profile, verb, Array(words.dropFirst(2)), module)
    }

    private static func control(
        _ profile: Profile,
        _ verb: String,
        _ words: [String],
        _ module: SofiaModule
    ) async -> String {
        switch verb {
        case "rescan":
            let reload = await reloadXML(module)
            let isFound = await module.rescan(profile)
            return reload + (isFound ? "+OK scan complete\n" : "-ERR cannot find config for profile \(profile.name)\n")
        case "stop", "restart": return await end(profile, verb, isWaitedFor: words.first == "wait", module)
        case "flush_inbound_reg", "check_sync": return await refresh(profile, verb, words)
        case "siptrace":
            guard let word = words.first else { return "Usage: sofia profile <name> siptrace <on/off>\n" }
            let isOn = word.isTrueSetting
            await profile.onLoop { $0.tracing.isOn = isOn }
            return "\(isOn ? "Enabled" : "Disabled") sip debugging on \(profile.name)"
        case "recover": return "-ERR recovering calls is not in this version\n"
        case "capture", "watchdog", "stun-auto-disable", "stun-enabled":
            return "-ERR sofia profile \(verb) is not in this version\n"
        default: return await controlGateways(profile, verb, words, module)
        }
    }

    /// How long a profile has to stay up yet.
    private static func settling(_ profile: Profile) async -> Duration {
        await profile.onLoop { $0.startedAt + settlingTime - $0.loop.now }
    }

    private static func end(
        _ profile: Profile,
        _ verb: String,
        isWaitedFor: Bool,
        _ module: SofiaModule
    ) async -> String {
        let left = await settling(profile)
        guard left <= .zero else {
            let seconds = (left.wholeMilliseconds + 999) / 1000
            return "Profile \(profile.name) must be up for at least 10 seconds to stop/restart.\n"
                + "Please wait \(seconds) second\(seconds == 1 ? "" : "s")\n"
        }
        let reload = await reloadXML(module)
        if verb == "restart" {
            Task(executorPreference: profile.loop) { await module.restartProfile(profile) }
            return "\(reload)restarting: \(profile.name)"
        }
        let end = Task(executorPreference: profile.loop) { _ = await module.stopProfile(profile) }
        if isWaitedFor { await end.value }
        return "\(reload)stopping: \(profile.name)"
    }

    private static func refresh(_ profile: Profile, _ verb: String, _ words: [String]) async -> String {
        let reboots = words.last?.lowercased() == "reboot"
        let name = words.first.flatMap { reboots && words.count == 1 ? nil : $0 }
        let choice = name.map { Profile.RegistrationChoice.named($0) } ?? .all
        let which = name == nil ? "all registrations" : "all registrations matching specified call_id"
        guard verb == "flush_inbound_reg" else {
            await profile.onLoop { $0.checkSync(choice) }
            if let name { await profile.order(.sync, name) }
            return "+OK syncing \(which)\n"
        }
        await profile.onLoop { $0.flush(choice, reboots: reboots) }
        if let name { await profile.order(reboots ? .reboot : .flush, name) }
        return "+OK \(reboots ? "rebooting" : "flushing") \(which)\n"
    }

    /// Reads the configuration's files anew; the answer says what came of it.
    private static func reloadXML(_ module: SofiaModule) async -> String {
        let answer = await module.softswitch.execute(command: "reloadxml")
        let text = answer.split(separator: "[", maxSplits: 1).dropFirst().first?.prefix { $0 != "]" }
        return "Reload XML [\(text ?? "")]\n"
    }

    // MARK: - Gateways

    private static func controlGateways(
        _ profile: Profile,
        _ verb: String,
        _ words: [String],
        _ module: SofiaModule
    ) async -> String {
        switch verb {
        case "register", "unregister":
            guard let name = words.first else { return "No gateway name provided!\n" }
            return await register(verb == "register", name, profile, module)
        case "killgw":
            guard let name = words.first else { return "-ERR missing gw name\n" }
            return await kill(name, profile, module)
        case "startgw":
            guard let name = words.first else { return "-ERR missing gw name\n" }
            let reload = await reloadXML(module)
            let isFound = await module.rescan(profile)
            guard isFound, await profile.onLoop({ $0.gateway(named: name) != nil }) else {
                return "\(reload)-ERR cannot add gateway \(name) for profile \(profile.name)\n"
            }
            return "\(reload)+OK start gateway \(name) complete\n"
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
}

/// `sofia global siptrace` and `sofia tracelevel`.
enum SofiaTracing {
    private static let usage = "-ERR Usage: siptrace <on|off>\n"

    static func all(_ words: [String], _ module: SofiaModule) async -> String {
        guard words.first?.lowercased() == "siptrace", words.count > 1 else {
            let isKnown = ["capture", "watchdog", "standby", "debug"].contains(words.first?.lowercased() ?? "")
            return isKnown ? "-ERR sofia global \(words[0]) is not in this version\n" : usage
        }
        let isOn = words[1].isTrueSetting
        module.profiles.withLock { $0.tracing.isOn = isOn }
        for profile in module.allProfiles { await profile.onLoop { $0.tracing.isOn = isOn } }
        return "+OK Global siptrace \(isOn ? "on" : "off")"
    }

    /// Sets the level of traces in the log, where one is named, and tells which is in force.
    static func level(_ text: String?, _ module: SofiaModule) async -> String {
        if let text {
            guard let level = LogLevel(text) else { return "-ERR no such level: \(text)\n" }
            module.profiles.withLock { $0.tracing.level = level }
            for profile in module.allProfiles { await profile.onLoop { $0.tracing.level = level } }
        }
        let level = module.profiles.withLock { $0.tracing.level } ?? MessageTracing().level
        return "+OK tracelevel is \(level.name)"
    }
}

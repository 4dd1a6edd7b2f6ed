import SwitchCore
import XMLConfig

/// What is done to the program: `fsctl`, `shutdown`.
enum ProgramCommands {
    static func all(_ control: ProgramControl) -> [APICommand] {
        [
            APICommand("fsctl", syntax: syntax, summary: "steers the program") { context, text in
                let words = CommandText.words(of: text, limit: wordLimit)
                guard let name = words.first?.lowercased() else { return CommandText.usage(syntax) }
                let arguments = Array(words.dropFirst())
                return await steer(name, arguments, context.softswitch, control)
                    ?? ProgramSettings.answer(name, arguments, context.softswitch)
                    ?? "-ERR Invalid command\nUSAGE: fsctl \(syntax)\n"
            },
            shutdown("shutdown", control), shutdown("...", control),
        ]
    }

    private static let syntax =
        "[api_expansion [on|off]|recover|send_sighup|hupall|pause [inbound|outbound]|resume [inbound|outbound]|"
        + "shutdown [cancel|elegant|asap|now|restart]|uuid_version [4|7]|sps|sps_peak_reset|sync_clock|"
        + "sync_clock_when_idle|reclaim_mem|max_sessions|min_dtmf_duration [num]|max_dtmf_duration [num]|"
        + "default_dtmf_duration [num]|min_idle_cpu|loglevel [level]|debug_level [level]|"
        + "mdns_resolve [enable|disable]]"
    private static let wordLimit = 6

    private static func shutdown(_ name: String, _ control: ProgramControl) -> APICommand {
        APICommand(name, summary: "ends the program") { context, _ in
            end([], context.softswitch, control)
        }
    }

    private static func steer(
        _ name: String,
        _ arguments: [String],
        _ softswitch: Switch,
        _ control: ProgramControl
    ) async -> String? {
        let sessions = softswitch.sessions
        switch name {
        case "hupall":
            for session in sessions.all { session.requestHangUp(.managerRequest) }
            return CommandText.done
        case "pause":
            sessions.paused.formUnion(directions(arguments.first))
            return CommandText.done
        case "resume":
            sessions.paused.subtract(directions(arguments.first))
            return CommandText.done
        case "pause_check": return String(sessions.paused.isSuperset(of: directions(arguments.first)))
        case "ready_check": return String(sessions.isOpen && sessions.paused.isEmpty)
        case "shutdown_check": return String(!sessions.isOpen || sessions.isWaitedFor)
        case "shutdown": return end(arguments, softswitch, control)
        case "send_sighup":
            // What the signal does.
            return await control.reload().map { "-ERR [\($0)]\n" } ?? CommandText.done
        // There is no clock of its own to be put right, no pool of memory and no database.
        case "sync_clock", "sync_clock_when_idle": return "+OK clock synchronized\n"
        case "calibrate_clock", "flush_db_handles", "reclaim_mem": return CommandText.done
        case "uptime_msec": return "+OK \(softswitch.uptime / 1000)\n"
        case "recover": return CommandText.absent("recovering calls is")
        case "crash", "save_history", "debug_pool", "debug_sql", "sql", "mdns_resolve", "threaded_system_exec":
            return CommandText.absent("fsctl \(name) is")
        default: return nil
        }
    }

    private static func directions(_ word: String?) -> Set<CallDirection> {
        switch word?.lowercased() {
        case "inbound": [.inbound]
        case "outbound": [.outbound]
        default: [.inbound, .outbound]
        }
    }

    /// Ends the program: at once, or when no call is up any more; `asap` lets no new ones in meanwhile.
    ///
    /// With `restart` beside it, it begins anew afterwards.
    private static func end(_ words: [String], _ softswitch: Switch, _ control: ProgramControl) -> String {
        let words = words.map { $0.lowercased() }
        let ending: ProgramControl.Ending =
            words.contains("restart") || words.contains("reincarnate") ? .restart : .stop
        let sessions = softswitch.sessions
        if words.contains("cancel") {
            sessions.whenEmpty(nil)
            sessions.open()
        } else if words.contains("asap") {
            publishRequest("ASAP", softswitch)
            sessions.close()
            sessions.whenEmpty { control.end(ending) }
        } else if words.contains("elegant") {
            publishRequest("elegant", softswitch)
            sessions.whenEmpty { control.end(ending) }
        } else {
            sessions.close()
            control.end(ending)
        }
        return CommandText.done
    }

    /// Tells that the program ends when the calls are over.
    private static func publishRequest(_ kind: String, _ softswitch: Switch) {
        softswitch.events.publish(.shutdownRequested) {
            var event = softswitch.makeEvent(.shutdownRequested)
            event.add("Event-Info", kind)
            return event
        }
    }
}

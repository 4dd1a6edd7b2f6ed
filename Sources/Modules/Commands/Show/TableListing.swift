import SwitchCore
import XMLConfig

/// The tables that are neither channels nor interfaces.
enum TableListing {
    static func registrations(of softswitch: Switch) async -> Listing {
        let columns = [
            "reg_user", "realm", "token", "url", "expires", "network_ip", "network_port", "network_proto", "hostname",
            "metadata",
        ]
        let host = hostName(of: softswitch)
        var rows: [[String]] = []
        for name in softswitch.registrations.names {
            for entry in await softswitch.registrations[name]?() ?? [] {
                rows.append([
                    entry.user, entry.realm, entry.token, entry.url, String(entry.expires), entry.networkAddress,
                    entry.networkPort, entry.networkProtocol, host, "",
                ])
            }
        }
        return Listing(columns: columns, rows: rows)
    }

    static func tasks(of softswitch: Switch) -> Listing {
        let host = hostName(of: softswitch)
        return Listing(
            columns: ["task_id", "task_desc", "task_group", "task_runtime", "task_sql_manager", "hostname"],
            rows: softswitch.scheduler.all.map { [String($0.id), $0.summary, $0.group, String($0.due), "0", host] }
        )
    }

    static func aliases(of softswitch: Switch) -> Listing {
        let host = hostName(of: softswitch)
        return Listing(
            columns: ["sticky", "alias", "command", "hostname"],
            rows: softswitch.aliases.all.map { [$0.isSticky ? "1" : "0", $0.name, $0.command, host] }
        )
    }

    static func completions(of softswitch: Switch) -> Listing {
        let host = hostName(of: softswitch)
        let places = 0..<CommandCompletions.wordLimit
        return Listing(
            columns: ["sticky"] + places.map { "a\($0 + 1)" } + ["hostname"],
            rows: softswitch.completions.all.map { entry in
                [entry.isSticky ? "1" : "0"] + places.map { entry.words[at: $0] ?? "" } + [host]
            }
        )
    }

    static func hostName(of softswitch: Switch) -> String { softswitch.xml.globals["hostname"] ?? "" }
}

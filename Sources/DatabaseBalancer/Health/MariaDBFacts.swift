import Base
import Database

/// What MariaDB says of itself, also as a node of Galera.
enum MariaDBFacts {
    private static let status = [
        "wsrep_ready", "wsrep_connected", "wsrep_local_state", "wsrep_local_state_comment", "wsrep_cluster_status",
        "wsrep_cluster_size", "wsrep_cluster_state_uuid", "wsrep_cluster_conf_id", "wsrep_last_committed",
        "wsrep_local_recv_queue", "wsrep_flow_control_paused_ns", "wsrep_flow_control_sent",
    ]
    private static let variables = [
        "read_only", "wsrep_on", "wsrep_provider", "wsrep_desync", "wsrep_reject_queries",
        "wsrep_sst_donor_rejects_queries",
    ]

    /// One statement, so that everything is of the same moment.
    static let question: Statement = {
        let tables = [("GLOBAL_STATUS", status), ("GLOBAL_VARIABLES", variables)]
        let parts = tables.map { table, names in
            let list = names.map { "'\($0)'" }.joined(separator: ", ")
            return "SELECT LOWER(VARIABLE_NAME) AS name, VARIABLE_VALUE AS value FROM information_schema.\(table) "
                + "WHERE VARIABLE_NAME IN (\(list))"
        }
        return Statement(parts.joined(separator: " UNION ALL "))
    }()

    /// Reads the rows of the answer.
    static func read(_ rows: [DatabaseRow], _ settings: BalancerSettings) -> HealthFacts {
        var values: [String: String] = [:]
        for row in rows {
            if let name = row["name"]?.text, let value = row["value"]?.text { values[name] = value }
        }
        return read(values, settings)
    }

    /// Reads the values, by their names.
    static func read(_ values: [String: String], _ settings: BalancerSettings) -> HealthFacts {
        var facts = HealthFacts()
        // Newer servers have further words beside ON, each of which forbids more.
        facts.takesChanges = [nil, "OFF", "0"].contains(values["read_only"])
        facts.isReplicated = !facts.takesChanges
        let provider = values["wsrep_provider"] ?? ""
        guard isOn(values["wsrep_on"]) || !(provider.isEmpty || provider == "none") else { return facts }
        facts.isReplicated = true
        facts.fault = fault(values, settings)
        facts.view = HealthFacts.View(
            cluster: values["wsrep_cluster_state_uuid"] ?? "",
            number: number(values["wsrep_cluster_conf_id"]),
            size: Int(clamping: number(values["wsrep_cluster_size"]))
        )
        facts.position = number(values["wsrep_last_committed"])
        facts.receiveQueue = Int(clamping: number(values["wsrep_local_recv_queue"]))
        facts.pausedNanoseconds = number(values["wsrep_flow_control_paused_ns"])
        facts.pauseRequests = number(values["wsrep_flow_control_sent"])
        return facts
    }

    private static func fault(_ values: [String: String], _ settings: BalancerSettings) -> String? {
        if values["wsrep_cluster_status"] != "Primary" {
            return "it is not in the part of the cluster that has the majority"
        }
        if !isOn(values["wsrep_connected"]) { return "it is not connected to its cluster" }
        if !isOn(values["wsrep_ready"]) { return "it is not ready (wsrep_ready)" }
        if let rejects = values["wsrep_reject_queries"], rejects != "NONE" {
            return "it is told to reject statements (wsrep_reject_queries)"
        }
        if isOn(values["wsrep_desync"]), !settings.usesDonors { return "it is told to fall behind (wsrep_desync)" }
        switch values["wsrep_local_state"] {
        case "4": return nil
        case "2":
            if isOn(values["wsrep_sst_donor_rejects_queries"]) { return "it gives its data to another node" }
            return settings.usesDonors ? nil : "it gives its data to another node, or is told to fall behind"
        case let state:
            return "it is not in step with the cluster (\(values["wsrep_local_state_comment"] ?? state ?? "no state"))"
        }
    }

    private static func isOn(_ value: String?) -> Bool { value == "ON" || value == "1" }

    private static func number(_ value: String?) -> Int64 { value.flatMap { Int64($0) } ?? 0 }
}

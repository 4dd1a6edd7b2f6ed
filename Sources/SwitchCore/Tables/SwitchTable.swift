import XMLConfig

/// A table of what there is, as `show` prints it and the core database keeps it.
public struct SwitchTable: Sendable {
    /// The names of the columns, which are FreeSWITCH's.
    public var columns: [String]
    /// The rows, each with a value for every column.
    public var rows: [[String]]

    /// A table.
    public init(columns: [String], rows: [[String]]) {
        (self.columns, self.rows) = (columns, rows)
    }
}

/// The tables that are not about channels.
extension Switch {
    /// The columns of a registration.
    public static let registrationColumns = [
        "reg_user", "realm", "token", "url", "expires", "network_ip", "network_port", "network_proto", "hostname",
        "metadata",
    ]

    /// The columns of a task.
    public static let taskColumns = [
        "task_id", "task_desc", "task_group", "task_runtime", "task_sql_manager", "hostname",
    ]
    /// The columns of an alias.
    public static let aliasColumns = ["sticky", "alias", "command", "hostname"]
    /// The columns of a line of words.
    public static let completionColumns =
        ["sticky"] + (1...CommandCompletions.wordLimit).map { "a\($0)" } + ["hostname"]
    /// The columns of what a module offers.
    public static let interfaceColumns = ["type", "name", "description", "ikey", "filename", "syntax", "hostname"]

    /// The name of this machine, which every row of a table carries.
    public var hostName: String { xml.globals["hostname"] ?? "" }

    /// Who is registered where.
    public func registrationTable() async -> SwitchTable {
        var rows: [[String]] = []
        for name in registrations.names {
            rows += await registrations[name]?().map { row(of: $0) } ?? []
        }
        return SwitchTable(columns: Self.registrationColumns, rows: rows)
    }

    /// A registration as a row.
    public func row(of entry: RegistrationListing) -> [String] {
        [
            entry.user, entry.realm, entry.token, entry.url, String(entry.expires), entry.networkAddress,
            entry.networkPort, entry.networkProtocol, hostName, "",
        ]
    }

    /// What is to happen later.
    public var taskTable: SwitchTable {
        let host = hostName
        return SwitchTable(
            columns: Self.taskColumns,
            rows: scheduler.all.map { [String($0.id), $0.summary, $0.group, String($0.due), "0", host] }
        )
    }

    /// Other names for command lines.
    public var aliasTable: SwitchTable {
        let host = hostName
        return SwitchTable(
            columns: Self.aliasColumns,
            rows: aliases.all.map { [$0.isSticky ? "1" : "0", $0.name, $0.command, host] }
        )
    }

    /// Words that the console offers.
    public var completionTable: SwitchTable {
        let host = hostName
        return SwitchTable(
            columns: Self.completionColumns,
            rows: completions.all.map { entry in
                let missing = CommandCompletions.wordLimit - entry.words.count
                return [entry.isSticky ? "1" : "0"] + entry.words + Array(repeating: "", count: missing) + [host]
            }
        )
    }
}

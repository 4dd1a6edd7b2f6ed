import Database
import SwitchCore

/// The tables and views of the core database, with FreeSWITCH's names and columns.
struct CoreSchema {
    private let dialect: SQLDialect

    /// The schema as a kind of database has it.
    init(_ dialect: SQLDialect) {
        self.dialect = dialect
    }

    static let channels = MachineTable(
        "channels",
        columns: ChannelRow.columns,
        integers: ["created_epoch"],
        key: ["uuid", "hostname"],
        reference: "call_uuid"
    )
    static let calls = MachineTable(
        "calls",
        columns: ["call_uuid", "call_created", "call_created_epoch", "caller_uuid", "callee_uuid", "hostname"],
        integers: ["call_created_epoch"],
        key: ["caller_uuid", "hostname"],
        reference: "callee_uuid"
    )
    static let registrations = MachineTable(
        "registrations",
        columns: Switch.registrationColumns,
        integers: ["expires"],
        key: ["reg_user", "realm", "hostname"]
    )
    static let tasks = MachineTable(
        "tasks",
        columns: Switch.taskColumns,
        integers: ["task_id", "task_runtime", "task_sql_manager"],
        key: ["task_id", "hostname"]
    )
    static let aliases = MachineTable(
        "aliases",
        columns: Switch.aliasColumns,
        integers: ["sticky"],
        key: ["alias", "hostname"]
    )
    static let complete = MachineTable(
        "complete",
        columns: Switch.completionColumns,
        integers: ["sticky"],
        key: Switch.completionColumns
    )
    static let interfaces = MachineTable(
        "interfaces",
        columns: Switch.interfaceColumns,
        key: ["type", "name", "hostname"]
    )
    /// Nothing maps ports here; the table is there for whoever selects from it.
    static let nat = MachineTable(
        "nat",
        columns: ["sticky", "port", "proto", "hostname"],
        integers: ["sticky", "port", "proto"],
        key: ["port", "proto", "hostname"]
    )

    static let all = [channels, calls, registrations, tasks, aliases, complete, interfaces, nat]

    /// Makes what is missing, and the views anew, so that they are those of this version.
    var creation: [Statement] {
        Self.all.flatMap { $0.creation(dialect) } + [MachineLease.creation(dialect)]
            + Self.view("basic_calls", ChannelRow.callerColumns, ChannelRow.calledColumns)
            + Self.view("detailed_calls", ChannelRow.detailedColumns, ChannelRow.detailedColumns)
    }

    /// Takes out what a machine has in all tables.
    static func clearing(host: String) -> [Statement] { all.map { $0.clearing(host: host) } }

    /// Calls: a caller with the party that it is bridged to, or a channel that is not bridged, without the other.
    private static func view(_ name: String, _ caller: [String], _ called: [String]) -> [Statement] {
        let columns =
            caller.map { "a.\($0) AS \($0)" } + called.map { "b.\($0) AS b_\($0)" }
            + ["c.call_created_epoch AS call_created_epoch"]
        return [
            Statement("DROP VIEW IF EXISTS \(name)"),
            Statement(
                """
                CREATE VIEW \(name) AS SELECT \(columns.joined(separator: ", ")) FROM channels a \
                LEFT JOIN calls c ON c.caller_uuid = a.uuid AND c.hostname = a.hostname \
                LEFT JOIN channels b ON b.uuid = c.callee_uuid AND b.hostname = c.hostname \
                WHERE c.caller_uuid IS NOT NULL OR NOT EXISTS (SELECT 1 FROM calls d WHERE d.callee_uuid = a.uuid)
                """
            ),
        ]
    }
}

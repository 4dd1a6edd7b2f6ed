import SwitchCore

/// What has changed in the switch's tables, with the rows as they are now.
struct CoreSnapshot: Sendable {
    /// A channel that changed, or `nil` in the place of one that is gone.
    var channels: [(id: String, row: ChannelRow?)] = []
    /// The rows of users whose registrations changed; all registrations when there is no registrant.
    var registrations: [(registrant: TableChanges.Registrant?, rows: [[String]])] = []
    /// The small tables that changed.
    var tables: Set<TableChanges.SmallTable> = []
    /// Whether these are all rows, so that no others may stay.
    var isEverything = false

    var isEmpty: Bool { channels.isEmpty && registrations.isEmpty && tables.isEmpty && !isEverything }

    /// Reads the rows that were named.
    static func read(_ changes: TableChanges.Changes, of softswitch: Switch) async -> CoreSnapshot {
        var snapshot = CoreSnapshot()
        if changes.isEverything {
            snapshot.isEverything = true
            for session in softswitch.sessions.all { snapshot.channels.append((session.id, await session.takeRow())) }
            snapshot.registrations = [(nil, await softswitch.registrationTable().rows)]
            snapshot.tables = Set(TableChanges.SmallTable.allCases)
        } else {
            for id in changes.channels { snapshot.channels.append((id, await softswitch.sessions[id]?.takeRow())) }
            snapshot.registrations = changes.registrants.map { registrant, listings in
                (registrant, listings.map { softswitch.row(of: $0) })
            }
            snapshot.tables = changes.tables
        }
        return snapshot
    }
}

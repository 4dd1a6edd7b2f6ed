import SwitchCore

/// The rows of `show channels` and `show calls`.
enum ChannelListing {
    /// The columns that `like` looks into.
    private static let likeColumns = ["uuid", "name", "cid_name", "cid_num", "presence_data", "accountcode"]

    /// Every channel, the oldest first.
    static func channels(of softswitch: Switch) async -> Listing {
        let columns = ChannelRow.columns
        return Listing(columns: columns, rows: await rows(of: softswitch).map { row in columns.map { row[$0] } })
    }

    /// The channels that a pattern is found in, or that it matches where it has a `%`.
    static func filtered(_ listing: Listing, like pattern: String) -> Listing {
        let places = likeColumns.compactMap { listing.columns.firstIndex(of: $0) }
        let pattern = LikePattern(pattern.contains("%") ? pattern : "%\(pattern)%")
        var listing = listing
        listing.rows = listing.rows.filter { row in places.contains { pattern.matches(row[$0]) } }
        return listing
    }

    /// Every call: a caller with the party that it is bridged to, or a channel that is not bridged.
    static func calls(of softswitch: Switch, isBridged: Bool = false) async -> Listing {
        await calls(of: softswitch, ChannelRow.callerColumns, ChannelRow.calledColumns, isBridged: isBridged)
    }

    /// Every call with everything that is known of both channels.
    static func detailedCalls(of softswitch: Switch, isBridged: Bool = false) async -> Listing {
        await calls(of: softswitch, ChannelRow.detailedColumns, ChannelRow.detailedColumns, isBridged: isBridged)
    }

    private static func calls(
        of softswitch: Switch,
        _ callerColumns: [String],
        _ calledColumns: [String],
        isBridged: Bool
    ) async -> Listing {
        let all = await rows(of: softswitch)
        let byID = Dictionary(all.map { ($0["uuid"], $0) }) { first, _ in first }
        let callers = all.filter { row in
            let isAlone = row.partner.flatMap { byID[$0] } == nil
            return isAlone ? !isBridged : row.isCaller
        }
        let rows = callers.map { row in
            let called = row.partner.flatMap { byID[$0]?.values } ?? [:]
            let bridged = row.partner == nil ? "" : String(row.bridged)
            return callerColumns.map { row[$0] } + calledColumns.map { called[$0] ?? "" } + [bridged]
        }
        let header = callerColumns + calledColumns.map { "b_\($0)" } + ["call_created_epoch"]
        return Listing(columns: header, rows: rows)
    }

    private static func rows(of softswitch: Switch) async -> [ChannelRow] {
        var rows: [ChannelRow] = []
        for session in softswitch.sessions.all { rows.append(await session.row) }
        return rows.sorted { $0.number < $1.number }
    }
}

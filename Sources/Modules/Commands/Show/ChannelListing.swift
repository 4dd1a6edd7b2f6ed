import SwitchCore
import XMLConfig

/// The rows of `show channels` and `show calls`.
enum ChannelListing {
    /// The columns of a channel.
    static let columns = [
        "uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num", "ip_addr", "dest",
        "application", "application_data", "dialplan", "context", "read_codec", "read_rate", "read_bit_rate",
        "write_codec", "write_rate", "write_bit_rate", "secure", "hostname", "presence_id", "presence_data",
        "accountcode", "callstate", "callee_name", "callee_num", "callee_direction", "call_uuid", "sent_callee_name",
        "sent_callee_num", "initial_cid_name", "initial_cid_num", "initial_ip_addr", "initial_dest",
        "initial_dialplan", "initial_context",
    ]

    /// The columns of a channel that a call shows, of its caller as they are and of its called party after `b_`.
    private static let callerColumns = [
        "uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num", "ip_addr", "dest",
        "presence_id", "presence_data", "accountcode", "callstate", "callee_name", "callee_num", "callee_direction",
        "call_uuid", "hostname", "sent_callee_name", "sent_callee_num",
    ]
    private static let calledColumns = callerColumns.filter { $0 != "call_uuid" && $0 != "hostname" }
    /// The same for the detailed table: all but what the channel was when it began.
    private static let detailedColumns = columns.filter { !$0.hasPrefix("initial_") }
    /// The columns that `like` looks into.
    private static let likeColumns = ["uuid", "name", "cid_name", "cid_num", "presence_data", "accountcode"]

    /// Every channel, the oldest first.
    static func channels(of softswitch: Switch) async -> Listing {
        Listing(columns: columns, rows: await rows(of: softswitch).map { row in columns.map { row.values[$0] ?? "" } })
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
        await calls(of: softswitch, callerColumns, calledColumns, isBridged: isBridged)
    }

    /// Every call with everything that is known of both channels.
    static func detailedCalls(of softswitch: Switch, isBridged: Bool = false) async -> Listing {
        await calls(of: softswitch, detailedColumns, detailedColumns, isBridged: isBridged)
    }

    private static func calls(
        of softswitch: Switch,
        _ callerColumns: [String],
        _ calledColumns: [String],
        isBridged: Bool
    ) async -> Listing {
        let all = await rows(of: softswitch)
        let byID = Dictionary(all.map { ($0.values["uuid"] ?? "", $0) }) { first, _ in first }
        let callers = all.filter { row in
            let isAlone = row.partner.flatMap { byID[$0] } == nil
            return isAlone ? !isBridged : row.isCaller
        }
        let rows = callers.map { row in
            let called = row.partner.flatMap { byID[$0]?.values } ?? [:]
            return callerColumns.map { row.values[$0] ?? "" } + calledColumns.map { called[$0] ?? "" } + [row.bridged]
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

/// A channel at one moment.
struct ChannelRow: Sendable {
    let number: UInt64
    let values: [String: String]
    /// The channel that it is bridged to.
    let partner: String?
    /// Whether it is the one that called.
    let isCaller: Bool
    /// When it was bridged, in seconds since 1970; empty when it is not.
    let bridged: String
}

extension Session {
    fileprivate var row: ChannelRow {
        let isBridged = partner != nil
        return ChannelRow(
            number: number,
            values: identityColumns.merging(stateColumns) { first, _ in first },
            partner: partner?.id,
            isCaller: ownsBridge,
            bridged: isBridged ? String(profile.times.bridged / 1_000_000) : ""
        )
    }

    /// Who it is.
    private var identityColumns: [String: String] {
        let created = profile.times.created / 1_000_000
        let initial = earlierProfiles.first ?? profile
        return [
            "uuid": id, "direction": direction.rawValue, "created": Clock.text("%Y-%m-%d %T", seconds: created),
            "created_epoch": String(created), "name": name, "cid_name": profile.callerIDName,
            "cid_num": profile.callerIDNumber, "ip_addr": profile.networkAddress, "dest": profile.destinationNumber,
            "dialplan": profile.dialplan, "context": profile.context, "callee_name": profile.calleeIDName,
            "callee_num": profile.calleeIDNumber, "call_uuid": variable("call_uuid") ?? id,
            "initial_cid_name": initial.callerIDName, "initial_cid_num": initial.callerIDNumber,
            "initial_ip_addr": initial.networkAddress, "initial_dest": initial.destinationNumber,
            "initial_dialplan": initial.dialplan, "initial_context": initial.context,
        ]
    }

    /// What it does.
    private var stateColumns: [String: String] {
        var columns = [
            "state": state.name, "callstate": callState.name,
            "application": variable("current_application") ?? "",
            "application_data": variable("current_application_data") ?? "",
            "hostname": softswitch.xml.globals["hostname"] ?? "", "presence_id": variable("presence_id") ?? "",
            "presence_data": variable("presence_data") ?? "", "accountcode": variable("accountcode") ?? "",
        ]
        for way in ["read", "write"] {
            guard let codec = variable("\(way)_codec"), let rate = variable("\(way)_rate").flatMap({ Int($0) }) else {
                continue
            }
            columns["\(way)_codec"] = codec
            columns["\(way)_rate"] = String(rate)
            columns["\(way)_bit_rate"] = String(rate * (codec == "L16" ? 16 : 8))
        }
        return columns
    }
}

import MediaEngine

/// A channel at one moment, as `show channels` prints it and the core database keeps it.
public struct ChannelRow: Sendable {
    /// The columns of a channel.
    public static let columns = [
        "uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num", "ip_addr", "dest",
        "application", "application_data", "dialplan", "context", "read_codec", "read_rate", "read_bit_rate",
        "write_codec", "write_rate", "write_bit_rate", "secure", "hostname", "presence_id", "presence_data",
        "accountcode", "callstate", "callee_name", "callee_num", "callee_direction", "call_uuid", "sent_callee_name",
        "sent_callee_num", "initial_cid_name", "initial_cid_num", "initial_ip_addr", "initial_dest",
        "initial_dialplan", "initial_context",
    ]

    /// The columns of a caller that a call shows.
    public static let callerColumns = [
        "uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num", "ip_addr", "dest",
        "presence_id", "presence_data", "accountcode", "callstate", "callee_name", "callee_num", "callee_direction",
        "call_uuid", "hostname", "sent_callee_name", "sent_callee_num",
    ]
    /// The columns of a called party that a call shows, after `b_`.
    public static let calledColumns = callerColumns.filter { $0 != "call_uuid" && $0 != "hostname" }
    /// The columns that a call shows of both when all is asked for: all but what a channel was when it began.
    public static let detailedColumns = columns.filter { !$0.hasPrefix("initial_") }

    /// The channel's number: an older one has a lower.
    public let number: UInt64
    /// The values by column; one that is not there is empty.
    public let values: [String: String]
    /// The channel that it is bridged to.
    public let partner: String?
    /// Whether it is the one that called.
    public let isCaller: Bool
    /// When it was bridged, in seconds since 1970; 0 when it is not.
    public let bridged: Int64

    /// The value of a column.
    public subscript(_ column: String) -> String { values[column] ?? "" }
}

extension Session {
    /// The channel as it is now.
    public var row: ChannelRow {
        ChannelRow(
            number: number,
            values: identityColumns.merging(stateColumns) { first, _ in first },
            partner: partner?.id,
            isCaller: ownsBridge,
            bridged: partner == nil ? 0 : profile.times.bridged / 1_000_000
        )
    }

    /// The channel as it is now, or `nil` when it is gone, for whoever keeps a copy: its next change is named again.
    public func takeRow() -> ChannelRow? {
        isNoted = false
        return isRegistered ? row : nil
    }

    /// Names the channel to whoever keeps a copy of its row, once until that looks at it.
    func noteChange() {
        guard !isNoted, isRegistered, softswitch.changes.isWatched else { return }
        isNoted = true
        softswitch.changes.note(channel: id)
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
            "hostname": softswitch.hostName, "presence_id": variable("presence_id") ?? "",
            "presence_data": variable("presence_data") ?? "", "accountcode": variable("accountcode") ?? "",
        ]
        for way in ["read", "write"] {
            guard let codec = variable("\(way)_codec"), let rate = variable("\(way)_rate").flatMap({ Int($0) }) else {
                continue
            }
            columns["\(way)_codec"] = codec
            columns["\(way)_rate"] = String(rate)
            columns["\(way)_bit_rate"] = String(MediaCodec(codec, clockRate: rate).bitRate)
        }
        return columns
    }
}

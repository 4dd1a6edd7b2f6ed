import SwitchCore
import XMLConfig

/// What a CDR document says about one channel: a copy of the channel at its end, so that it can be written elsewhere.
struct CallRecord: Sendable {
    /// The channel's UUID.
    let id: String
    /// This run of the switch.
    let coreUUID: String
    /// The node's name.
    let switchName: String
    let direction: CallDirection
    let state: ChannelState
    let variables: Variables
    let history: CallHistory
    /// The caller profiles, the present one first.
    let profiles: [CallerProfile]

    /// Whether the channel was made by another one.
    var isCalledLeg: Bool { history.isCalledLeg }

    /// Other parties of a caller profile, under the name that they have in the documents.
    struct Parties: Sendable {
        /// `originatee`: what the list of them is called.
        let name: String
        /// The newest first.
        let profiles: [CallerProfile]
    }

    /// Whom the channel has called while this was its profile, who called it, and whom it was bridged to.
    func parties(of profile: CallerProfile) -> [Parties] {
        func newest(_ all: [(profileIndex: Int, profile: CallerProfile)]) -> [CallerProfile] {
            all.filter { $0.profileIndex == profile.index }.map(\.profile).reversed()
        }
        return [
            Parties(name: "origination", profiles: newest(history.originations)),
            Parties(name: "originator", profiles: history.originator.map { [$0] } ?? []),
            Parties(name: "originatee", profiles: newest(history.originatees)),
        ].filter { !$0.profiles.isEmpty }
    }

    /// How many applications ran that `app_log` does not have, when there are such.
    var forgotten: String? { history.forgottenExecutions > 0 ? String(history.forgottenExecutions) : nil }

    /// The channel itself, as `channel_data`.
    var channelData: [(name: String, value: String)] {
        [
            ("state", state.name), ("direction", direction.rawValue), ("state_number", String(state.rawValue)),
            // The bits of FreeSWITCH's own bookkeeping: there is nothing like them here.
            ("flags", ""), ("caps", ""),
        ]
    }
}

extension CallRecord {
    /// The record of a channel that is reporting.
    init(_ session: isolated Session) {
        id = session.id
        coreUUID = session.softswitch.coreUUID
        switchName = session.softswitch.xml.globals["switchname"] ?? ""
        direction = session.direction
        state = session.state
        variables = session.variables
        history = session.history
        profiles = [session.profile] + session.earlierProfiles.reversed()
    }
}

extension CallerProfile {
    /// The fields that a CDR shows, in its order.
    var recordFields: [(name: String, value: String)] {
        [
            ("username", username), ("dialplan", dialplan), ("caller_id_name", callerIDName),
            ("caller_id_number", callerIDNumber), ("callee_id_name", calleeIDName),
            ("callee_id_number", calleeIDNumber), ("ani", ani), ("aniii", aniII), ("network_addr", networkAddress),
            ("rdnis", rdnis), ("destination_number", destinationNumber), ("uuid", uuid), ("source", source),
            ("transfer_source", transferSource), ("context", context), ("chan_name", channelName),
        ]
    }
}

extension CallTimes {
    /// The times that a CDR shows, in its order, in microseconds since 1970.
    var recordFields: [(name: String, value: String)] {
        [
            ("created_time", created), ("profile_created_time", profileCreated), ("progress_time", progress),
            ("progress_media_time", progressMedia), ("answered_time", answered), ("bridged_time", bridged),
            ("last_hold_time", lastHold), ("hold_accum_time", holdAccumulated), ("hangup_time", hungUp),
            ("resurrect_time", 0), ("transfer_time", transferred),
        ].map { ($0, String($1)) }
    }
}

import Base
import MediaEngine
public import XMLConfig

/// Events that carry the channel.
extension Session {
    /// An event with the channel's headers (and its variables, where clients expect them).
    public func makeEvent(
        _ name: EventName,
        subclass: String? = nil,
        file: StaticString = #fileID,
        function: StaticString = #function,
        line: UInt = #line
    ) -> Event {
        var event = softswitch.makeEvent(name, subclass: subclass, file: file, function: function, line: line)
        addChannelHeaders(to: &event)
        if isVerbose || softswitch.configuration.isVerbose || Self.carriesVariables(name)
            || variables["presence_data_cols"] != nil
        {
            addVariables(to: &event)
        }
        return event
    }

    /// The variables of the channel, behind those of the application that runs.
    private func addVariables(to event: inout Event) {
        for (index, variable) in scopeVariables.enumerated().reversed()
        where !scopeVariables[(index + 1)...].contains(where: { $0.name == variable.name }) {
            event.add("scope_variable_", variable.name, variable.value)
        }
        for variable in variables { event.add("variable_", variable.name, variable.value) }
    }

    /// All of the channel for a program that takes it over: its caller profile comes twice, as `Channel-…` too.
    public func makeConnectionEvent() -> Event {
        var event = softswitch.makeEvent(.channelData)
        add(profile, prefix: "Channel-", direction: direction, to: &event)
        addChannelHeaders(to: &event)
        addVariables(to: &event)
        return event
    }

    /// What whoever is asked for XML is told of the channel; nothing where nobody is asked.
    ///
    /// - Parameters:
    ///   - isHunting: Whether a route is looked for: the caller profile then comes as `Hunt-…` too.
    ///   - own: What belongs to the question itself; it comes before the channel.
    ///   - file: The file of FreeSWITCH that would have asked, for programs that look at it.
    ///   - function: The function of that file.
    public func lookUpParameters(
        for section: XMLSection,
        isHunting: Bool = false,
        own: [(String, String)] = [],
        file: StaticString,
        function: StaticString
    ) -> [(String, String)] {
        guard softswitch.xml.hasProviders(for: section) else { return [] }
        var event = softswitch.makeEvent(.requestParams, file: file, function: function)
        softswitch.events.number(&event)
        for (name, value) in own { event.add(name, value) }
        addChannelHeaders(to: &event)
        addVariables(to: &event)
        if isHunting { add(profile, prefix: "Hunt-", direction: direction, to: &event) }
        return event.headers.map { ($0.name, $0.value) }
    }

    /// Adds the channel's headers in the order in which FreeSWITCH's clients know them.
    public func addChannelHeaders(to event: inout Event) {
        event.add("Channel-State", state.name)
        event.add("Channel-Call-State", callState.name)
        event.add("Channel-State-Number", String(state.rawValue))
        event.add("Channel-Name", profile.channelName)
        event.add("Unique-ID", id)
        if let externalID { event.add("Session-External-ID", externalID) }
        event.add("Call-Direction", direction.rawValue)
        event.add("Presence-Call-Direction", direction.rawValue)
        event.add("Channel-HIT-Dialplan", currentRoute == nil && earlierProfiles.isEmpty ? "false" : "true")
        if let presence = variables["presence_id"] { event.add("Channel-Presence-ID", presence) }
        if let data = variables["presence_data"] { event.add("Channel-Presence-Data", data) }
        if let columns = variables["presence_data_cols"] {
            event.add("Presence-Data-Cols", columns)
            for column in presenceColumns { event.add("PD-", column.name, column.value) }
        }
        event.add("Channel-Call-UUID", variables["call_uuid"] ?? id)
        event.add("Answer-State", answerState)
        if let hangupCause { event.add("Hangup-Cause", hangupCause.name) }
        if let codec {
            for way in ["Read", "Write"] {
                event.add("Channel-\(way)-Codec-Name", codec.name)
                event.add("Channel-\(way)-Codec-Rate", String(codec.clockRate))
                event.add("Channel-\(way)-Codec-Bit-Rate", String(codec.bitRate))
            }
        }
        add(profile, prefix: "Caller-", direction: direction, to: &event)
        guard let otherLeg else { return }
        event.add("Other-Type", otherLeg.isOriginator ? "originator" : "originatee")
        add(otherLeg.profile, prefix: "Other-Leg-", direction: otherLeg.direction, to: &event)
    }

    /// How many variables `presence_data_cols` may name.
    private static let presenceColumnLimit = 128

    /// The variables that `presence_data_cols` names, with colons between them.
    var presenceColumns: [(name: String, value: String)] {
        let names = (variables["presence_data_cols"] ?? "").split(separator: ":", maxSplits: Self.presenceColumnLimit)
        return names.prefix(Self.presenceColumnLimit).compactMap { name in
            variables[String(name)].map { (String(name), $0) }
        }
    }

    func publishCallState(after old: CallState) {
        softswitch.events.publish(.channelCallstate) {
            var event = makeEvent(.channelCallstate)
            event.add("Original-Channel-Call-State", old.name)
            event.add("Channel-Call-State-Number", String(callState.rawValue))
            return event
        }
    }

    private var answerState: String {
        if isOver { return "hangup" }
        if isAnswered { return "answered" }
        return hasEarlyMedia ? "early" : "ringing"
    }

    private func add(_ profile: CallerProfile, prefix: String, direction: CallDirection, to event: inout Event) {
        event.add(prefix, "Direction", direction.rawValue)
        event.add(prefix, "Logical-Direction", direction.rawValue)
        for (name, value) in [
            ("Username", profile.username), ("Dialplan", profile.dialplan),
            ("Caller-ID-Name", profile.callerIDName), ("Caller-ID-Number", profile.callerIDNumber),
            ("Orig-Caller-ID-Name", profile.originalCallerIDName),
            ("Orig-Caller-ID-Number", profile.originalCallerIDNumber),
            ("Callee-ID-Name", profile.calleeIDName), ("Callee-ID-Number", profile.calleeIDNumber),
            ("Network-Addr", profile.networkAddress), ("ANI", profile.ani), ("ANI-II", profile.aniII),
            ("Destination-Number", profile.destinationNumber), ("Unique-ID", profile.uuid), ("Source", profile.source),
            ("Transfer-Source", profile.transferSource), ("Context", profile.context), ("RDNIS", profile.rdnis),
            ("Channel-Name", profile.channelName),
        ] where !value.isEmpty {
            event.add(prefix, name, value)
        }
        event.add(prefix, "Profile-Index", String(profile.index))
        for (name, time) in profile.times.eventHeaders { event.add(prefix, name, String(time)) }
        event.add(prefix, "Screen-Bit", String(profile.isScreened))
        event.add(prefix, "Privacy-Hide-Name", String(profile.hidesName))
        event.add(prefix, "Privacy-Hide-Number", String(profile.hidesNumber))
    }

    private static func carriesVariables(_ name: EventName) -> Bool {
        switch name {
        case .channelCreate, .channelOriginate, .channelUuid, .channelAnswer, .channelPark, .channelUnpark,
            .channelBridge, .channelUnbridge, .channelProgress, .channelProgressMedia, .channelHangup,
            .channelHangupComplete, .requestParams, .channelData, .channelExecute, .channelExecuteComplete,
            .channelDestroy, .sessionHeartbeat, .api, .recordStart, .recordStop, .playbackStart, .playbackStop,
            .callUpdate, .mediaBugStart, .mediaBugStop, .channelHold, .channelUnhold, .text, .custom:
            true
        default: false
        }
    }
}

/// The other side of a bridge as it was when that began.
struct OtherLeg: Sendable {
    var profile: CallerProfile
    var direction: CallDirection
    /// Whether the other side made the call to this one.
    var isOriginator: Bool
}

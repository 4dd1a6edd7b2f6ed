/// What kind of event it is; the names are FreeSWITCH's, which event clients subscribe by.
public enum EventName: Int, CaseIterable, Sendable {
    case custom
    case clone
    case channelCreate
    case channelDestroy
    case channelState
    case channelCallstate
    case channelAnswer
    case channelHangup
    case channelHangupComplete
    case channelExecute
    case channelExecuteComplete
    case channelHold
    case channelUnhold
    case channelBridge
    case channelUnbridge
    case channelProgress
    case channelProgressMedia
    case channelOutgoing
    case channelPark
    case channelUnpark
    case channelApplication
    case channelOriginate
    case channelUuid
    case channelData
    case api
    case log
    case inboundChan
    case outboundChan
    case startup
    case shutdown
    case publish
    case unpublish
    case talk
    case notalk
    case sessionCrash
    case moduleLoad
    case moduleUnload
    case dtmf
    case message
    case presenceIn
    case notifyIn
    case presenceOut
    case presenceProbe
    case messageWaiting
    case messageQuery
    case roster
    case codec
    case backgroundJob
    case detectedSpeech
    case detectedTone
    case privateCommand
    case heartbeat
    case trap
    case addSchedule
    case delSchedule
    case exeSchedule
    case reSchedule
    case reloadxml
    case notify
    case phoneFeature
    case phoneFeatureSubscribe
    case sendMessage
    case recvMessage
    case requestParams
    case general
    case command
    case sessionHeartbeat
    case clientDisconnected
    case serverDisconnected
    case sendInfo
    case recvInfo
    case recvRtcpMessage
    case sendRtcpMessage
    case callSecure
    case nat
    case recordStart
    case recordStop
    case playbackStart
    case playbackStop
    case callUpdate
    case failure
    case socketData
    case mediaBugStart
    case mediaBugStop
    case conferenceDataQuery
    case conferenceData
    case callSetupReq
    case callSetupResult
    case callDetail
    case deviceState
    case text
    case shutdownRequested
    case certReload

    private static let texts: [String] = allCases.map { name in
        // CHANNEL_HANGUP_COMPLETE is `channelHangupComplete`: the rule is mechanical, so one list is enough.
        let text = String(describing: name).reduce(into: "") { text, letter in
            if letter.isUppercase { text.append("_") }
            text.append(contentsOf: letter.uppercased())
        }
        return text
    }

    private static let byText = Dictionary(zip(texts, allCases)) { first, _ in first }

    /// The name that clients see: `CHANNEL_ANSWER`.
    public var text: String { Self.texts[rawValue] }

    /// The event of that name, any case.
    public init?(text: some StringProtocol) {
        guard let name = Self.byText[text.uppercased()] else { return nil }
        self = name
    }
}

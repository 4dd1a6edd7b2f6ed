import MediaEngine

/// What applications, commands and variables say about the jitter buffer of a channel.
package enum JitterSetting: Equatable, Sendable {
    /// A delay, and the longest that it may become, in milliseconds.
    case length(Int, maximum: Int)
    case off
    case pause
    case resume

    /// How many times its length a delay may grow to where nothing is said.
    private static let usualGrowth = 5
    private static let longest = JitterOptions.limit

    /// Reads `<ms>[:<longest>[:<drift>]]`, `0`, `off`, `pause` or `resume`; negative lengths count packets.
    ///
    /// - Parameter packetMilliseconds: How long a packet is.
    package init?(_ text: String, packetMilliseconds: Int) {
        switch text.lowercased() {
        case "0", "off": self = .off
        case "pause": self = .pause
        case "resume": self = .resume
        default:
            let numbers = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map { part in
                Int(part).map { min(max($0, -Self.longest), Self.longest) }
            }
            guard let first = numbers.first, let first, first != 0 else { return nil }
            func milliseconds(_ number: Int) -> Int { number < 0 ? -number * packetMilliseconds : number }
            let length = milliseconds(first)
            let other = numbers.count > 1 ? numbers[1] ?? 0 : 0
            self = .length(length, maximum: other == 0 ? length * Self.usualGrowth : max(milliseconds(other), length))
        }
    }
}

/// The jitter buffer of the channel: `jitterbuffer`, `uuid_jitterbuffer`, `jitterbuffer_msec`.
extension Session {
    /// Changes the jitter buffer as a text says; false when it says nothing of the kind, or there is nothing to be changed.
    @discardableResult
    public func setJitterBuffer(_ text: String) -> Bool {
        guard !isOver, let setting = JitterSetting(text, packetMilliseconds: codec?.packetMilliseconds ?? 20) else {
            return false
        }
        switch setting {
        case .off: jitter = nil
        case .pause, .resume:
            guard jitter != nil else { return false }
            jitter?.isPaused = setting == .pause
        case .length(let length, let maximum):
            jitter = JitterOptions(
                milliseconds: length,
                maximumMilliseconds: maximum,
                delaysBridges: isTrue("rtp_jitter_buffer_during_bridge")
            )
        }
        media?.setJitterBuffer(jitter)
        return true
    }

    /// New audio is delayed as the audio before it, or as the channel's variable says.
    func delayAudio() {
        if jitter == nil, let text = variable("jitterbuffer_msec") {
            setJitterBuffer(text)
        } else if jitter != nil {
            media?.setJitterBuffer(jitter)
        }
    }
}

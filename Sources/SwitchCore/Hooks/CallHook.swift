internal import Base

/// A point of a call's life at which its variables can run something.
///
/// `execute_on_<point>` runs an application on the channel, `api_on_<point>` a command. There may be several, told apart
/// by a suffix (`execute_on_answer_1`); they run in the order in which they were set.
enum CallHook: String, Sendable {
    /// The caller's channel is about to ring others.
    case preOriginate = "pre_originate"
    /// A called leg was made.
    case originate
    /// The ringing of others is over, for the caller and for the leg that won.
    case postOriginate = "post_originate"
    /// The call rings.
    case ring
    /// Early media begins.
    case preAnswer = "pre_answer"
    /// The first audio: early media, or the answer.
    case media
    /// The call is answered.
    case answer
    /// The channel is about to be bridged.
    case preBridge = "pre_bridge"
    /// The bridge is over.
    case postBridge = "post_bridge"
    /// The channel picked a ringing call up.
    case pickup
    /// A recording of the call begins.
    case recordStart = "record_start"
    /// A recording of the call is over and its file complete.
    case recordStop = "record_stop"
    /// A tone was heard that the channel listened for.
    case toneDetect = "tone_detect"
    /// The far end's audio did not come for too long; the channel ends after that.
    case mediaTimeout = "media_timeout"
    /// The audio has another codec than before.
    case audioChange = "audio_change"
    /// The far end has offered something new in the call.
    case sipReinvite = "sip_reinvite"
    /// The channel is sent elsewhere.
    case blindTransfer = "blind_transfer"
    /// The caller went away before this leg answered.
    case orphanedBLeg = "orphaned_bleg"

    /// What a hook does.
    enum Action: Sendable, Equatable {
        /// Runs an application; `isDetached` does not wait for it.
        case application(name: String, data: String, isDetached: Bool)
        case command(line: String)
    }

    /// How many actions one point may have.
    static let actionLimit = 64

    /// The actions that a channel's variables name for this point, in order: applications before commands.
    func actions(in variables: Variables) -> [Action] {
        let execution = "execute_on_\(rawValue)"
        let command = ["api_on_\(rawValue)"] + otherNames
        var (executions, commands): ([Action], [Action]) = ([], [])
        for entry in variables {
            if Self.matches(entry.name, execution) {
                executions += VariableArray.elements(of: entry.value).map(Self.application)
            } else if command.contains(where: { Self.matches(entry.name, $0) }) {
                commands += VariableArray.elements(of: entry.value).map { .command(line: $0) }
            }
        }
        return Array((executions + commands).prefix(Self.actionLimit))
    }

    /// The older names of two points.
    private var otherNames: [String] {
        switch self {
        case .preBridge: ["api_before_bridge"]
        case .postBridge: ["api_after_bridge"]
        default: []
        }
    }

    /// Whether a variable is of that name, or of that name with a suffix after an underscore.
    private static func matches(_ name: String, _ wanted: String) -> Bool {
        guard name.hasPrefixIgnoringASCIICase(wanted) else { return false }
        let (bytes, length) = (name.utf8.span, wanted.utf8.count)
        return bytes.count == length || bytes[length] == UInt8(ascii: "_")
    }

    /// `name data` or `name:data`; `name::data` does not wait for the application to end.
    static func application(_ text: String) -> Action {
        let end = text.firstIndex { $0 == " " || $0 == ":" } ?? text.endIndex
        let name = String(text[..<end])
        let rest = text[end...]
        if rest.hasPrefix("::") { return .application(name: name, data: String(rest.dropFirst(2)), isDetached: true) }
        return .application(name: name, data: String(rest.dropFirst()), isDetached: false)
    }
}

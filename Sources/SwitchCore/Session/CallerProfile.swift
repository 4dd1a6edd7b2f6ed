import Base

/// Who calls whom, and where the dialplan stands: the values that conditions test and events carry as `Caller-…`.
public struct CallerProfile: Sendable {
    /// The user name that the caller authenticated as, or the user part of From.
    public var username = ""
    /// The dialplan engines to ask, comma-separated (`XML`).
    public var dialplan = "XML"
    /// The caller's name.
    public var callerIDName = ""
    /// The caller's number.
    public var callerIDNumber = ""
    /// The caller's name as it came from the network.
    public var originalCallerIDName = ""
    /// The caller's number as it came from the network.
    public var originalCallerIDNumber = ""
    /// The called party's name, where it is known.
    public var calleeIDName = ""
    /// The called party's number, where it is known.
    public var calleeIDNumber = ""
    /// The address that the call's signalling came from.
    public var networkAddress = ""
    /// Automatic number identification.
    public var ani = ""
    /// ANI II digits.
    public var aniII = ""
    /// The number that redirected the call here.
    public var rdnis = ""
    /// The number that was dialled.
    public var destinationNumber = ""
    /// The module that made the profile (`mod_sofia`).
    public var source = ""
    /// How the call was transferred here: `epoch:uuid:bl_xfer|att_xfer:details`.
    public var transferSource = ""
    /// The dialplan context.
    public var context = "default"
    /// The channel's name.
    public var channelName = ""
    /// The channel's UUID.
    public var uuid = ""
    /// The profile's number on its channel, from 1; each transfer makes another.
    public var index = 1
    /// Whether the name is to be hidden from the called party.
    public var hidesName = false
    /// Whether the number is to be hidden from the called party.
    public var hidesNumber = false
    /// When things happened.
    public var times = CallTimes()
    /// Fields beyond the fixed ones, made by `set_profile_var`.
    public var softVariables: [(name: String, value: String)] = []

    /// An empty profile.
    public init() {}

    /// The value of a field by its FreeSWITCH name, any case; `nil` when there is no such field.
    public func field(_ name: String) -> String? {
        let key = name.lowercased()
        if let path = Self.fields[key] { return self[keyPath: path] }
        switch key {
        case "profile_index": return String(index)
        case "privacy_hide_name": return hidesName ? "yes" : "no"
        case "privacy_hide_number": return hidesNumber ? "yes" : "no"
        default: break
        }
        if let time = times.field(key) { return String(time) }
        return softVariables.last { $0.name.equalsIgnoringASCIICase(key) }?.value
    }

    /// Stores a field by its FreeSWITCH name; a name that is none becomes a soft variable.
    public mutating func setField(_ name: String, to value: String) {
        let key = name.lowercased()
        // A value from outside must not become an expression when it is expanded later.
        let safe = Template.neutralized(value)
        if let path = Self.fields[key] {
            self[keyPath: path] = safe
        } else {
            softVariables.removeAll { $0.name.equalsIgnoringASCIICase(key) }
            if softVariables.count < Self.softVariableLimit { softVariables.append((key, safe)) }
        }
    }

    /// How many soft variables a profile holds at most.
    public static let softVariableLimit = 256

    // Key paths to stored properties of a value type are immutable and safe to share.
    private static let fields: [String: any WritableKeyPath<CallerProfile, String> & Sendable] = [
        "username": \.username, "dialplan": \.dialplan,
        "caller_id_name": \.callerIDName, "caller_id_number": \.callerIDNumber,
        "orig_caller_id_name": \.originalCallerIDName, "orig_caller_id_number": \.originalCallerIDNumber,
        "callee_id_name": \.calleeIDName, "callee_id_number": \.calleeIDNumber,
        "network_addr": \.networkAddress, "ani": \.ani, "aniii": \.aniII, "rdnis": \.rdnis,
        "destination_number": \.destinationNumber, "source": \.source, "transfer_source": \.transferSource,
        "context": \.context, "chan_name": \.channelName, "uuid": \.uuid,
    ]
}

import Base

/// Who calls whom, and where the dialplan stands: the values that conditions test and events carry as `Caller-…`.
///
/// Most of them come from peers, and dialplans expand them: none is ever an expression (see ``Neutralized``), but for
/// the engines to ask, and what the `inline` engine is asked.
public struct CallerProfile: Sendable {
    /// The user name that the caller authenticated as, or the user part of From.
    @Neutralized public var username = ""
    /// The dialplan engines to ask, comma-separated (`XML`).
    public var dialplan = "XML"
    /// The caller's name.
    @Neutralized public var callerIDName = ""
    /// The caller's number.
    @Neutralized public var callerIDNumber = ""
    /// The caller's name as it came from the network.
    @Neutralized public var originalCallerIDName = ""
    /// The caller's number as it came from the network.
    @Neutralized public var originalCallerIDNumber = ""
    /// The called party's name, where it is known.
    @Neutralized public var calleeIDName = ""
    /// The called party's number, where it is known.
    @Neutralized public var calleeIDNumber = ""
    /// The address that the call's signalling came from.
    @Neutralized public var networkAddress = ""
    /// Automatic number identification.
    @Neutralized public var ani = ""
    /// ANI II digits.
    @Neutralized public var aniII = ""
    /// The number that redirected the call here.
    @Neutralized public var rdnis = ""
    /// The number that was dialled.
    @Neutralized public var destinationNumber = ""
    /// The module that made the profile (`mod_sofia`).
    @Neutralized public var source = ""
    /// How the call was transferred here: `epoch:uuid:bl_xfer|att_xfer:details`.
    @Neutralized public var transferSource = ""
    /// The dialplan context.
    @Neutralized public var context = "default"
    /// The channel's name.
    @Neutralized public var channelName = ""
    /// The channel's UUID.
    @Neutralized public var uuid = ""
    /// The profile's number on its channel, from 1; each transfer makes another.
    public var index = 1
    /// Whether the name is to be hidden from the called party.
    public var hidesName = false
    /// Whether the number is to be hidden from the called party.
    public var hidesNumber = false
    /// Whether the number was screened; what asks for privacy by name says so with `screen`.
    public var isScreened = true
    /// When things happened.
    public var times = CallTimes()
    /// Fields beyond the fixed ones, made by `set_profile_var`.
    public var softVariables: [(name: String, value: String)] = []

    /// An empty profile.
    public init() {}

    /// Says what the dialplan is asked next, and which.
    ///
    /// A number never is an expression. The applications of the `inline` dialplan may hold some: whoever wrote the name of
    /// that engine wrote them too.
    public mutating func setDestination(_ destination: String, dialplan: String) {
        self.dialplan = dialplan
        let isInline = dialplan == InlineDialplan.name
        _destinationNumber = isInline ? Neutralized(trusted: destination) : Neutralized(wrappedValue: destination)
    }

    /// The value of a field by its FreeSWITCH name, any case; `nil` when there is no such field.
    public func field(_ name: String) -> String? {
        let key = name.lowercased()
        if let path = Self.fields[key] { return self[keyPath: path] }
        switch key {
        case "profile_index": return String(index)
        case "screen_bit": return String(isScreened)
        case "privacy_hide_name": return String(hidesName)
        case "privacy_hide_number": return String(hidesNumber)
        default: break
        }
        if let time = times.field(key) { return String(time) }
        if let soft = softVariables.last(where: { $0.name.equalsIgnoringASCIICase(key) }) { return soft.value }
        return Self.kindsOfNumbers.contains(key) ? "0" : nil
    }

    /// The types and plans of numbers in ISDN's sense: unknown, unless `set_profile_var` says otherwise.
    private static let kindsOfNumbers: Set<String> = [
        "caller_ton", "caller_numplan", "destination_number_ton", "destination_number_numplan", "ani_ton",
        "ani_numplan", "rdnis_ton", "rdnis_numplan",
    ]

    /// Stores a field by its FreeSWITCH name; a name that is none becomes a soft variable.
    public mutating func setField(_ name: String, to value: String) {
        let key = name.lowercased()
        let value = Template.neutralized(value)
        if let path = Self.fields[key] {
            self[keyPath: path] = value
        } else {
            softVariables.removeAll { $0.name.equalsIgnoringASCIICase(key) }
            if softVariables.count < Self.softVariableLimit { softVariables.append((key, value)) }
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

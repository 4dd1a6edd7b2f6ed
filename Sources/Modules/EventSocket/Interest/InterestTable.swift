import SwitchCore

/// A value for each interest.
///
/// Interests in one channel are found by that channel: with a program for each of a thousand calls, an event of one of
/// them has nothing to do with the other programs.
struct InterestTable<Value> {
    private var general: [Interest: Value] = [:]
    private var ofChannels: [String: [Interest: Value]] = [:]

    /// The value for an interest.
    subscript(interest: Interest) -> Value? {
        get {
            guard let channel = interest.onlyChannel else { return general[interest] }
            return ofChannels[channel]?[interest]
        }
        set {
            guard let channel = interest.onlyChannel else {
                general[interest] = newValue
                return
            }
            ofChannels[channel, default: [:]][interest] = newValue
            if ofChannels[channel]?.isEmpty == true { ofChannels[channel] = nil }
        }
    }

    /// The kinds of events that can be wanted.
    var busNames: EventNameSet {
        var names = EventNameSet()
        for interest in general.keys { names.formUnion(interest.busNames) }
        for interests in ofChannels.values {
            for interest in interests.keys { names.formUnion(interest.busNames) }
        }
        return names
    }

    /// Visits the values of those interests that can want an event; each has to look at the event itself.
    func visit(concernedBy event: Event, _ body: (Value) -> Void) {
        for value in general.values { body(value) }
        guard !ofChannels.isEmpty else { return }
        let (channel, owner) = (event["Unique-ID"], event["Job-Owner-UUID"])
        for value in channel.flatMap({ ofChannels[$0] })?.values ?? [:].values { body(value) }
        guard let owner, owner != channel else { return }
        for value in ofChannels[owner]?.values ?? [:].values { body(value) }
    }
}

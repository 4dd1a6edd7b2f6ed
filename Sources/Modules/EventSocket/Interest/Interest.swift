import Base
package import SwitchCore

/// Which events a client wants and how they are written.
///
/// Clients with equal interests are served together.
package struct Interest: Hashable, Sendable {
    /// How many filters, and how many subclasses, a client may have.
    package static let limit = 256

    /// How events are written.
    package var format = EventFormat.plain
    /// The kinds of events that are wanted.
    package private(set) var names: EventNameSet = []
    /// The subclasses of `CUSTOM` that are wanted.
    package private(set) var subclasses: Set<String> = []
    /// Whether everything is wanted, whatever it is called.
    package private(set) var isEverything = false
    /// What events must or must not have.
    package private(set) var filters: [EventFilter] = []
    /// Only events of this channel and of its jobs are wanted.
    package var channel: String?
    /// This channel's own events (keys and the like) are wanted in any case.
    package var divertedChannel: String?
    /// What the client may see at all.
    package var mask = EventMask.everything

    /// Nothing is wanted.
    package init() {}

    /// The events that are wanted by their names.
    var selection: EventMask { isEverything ? .everything : .only(names, subclasses: subclasses) }

    /// The words of a list of events or commands.
    static func words(_ text: String) -> [String] {
        text.split { $0 == " " || $0 == "," }.map(String.init)
    }

    /// Whether nothing can be sent.
    package var isEmpty: Bool { names.isEmpty && divertedChannel == nil }

    /// The only channel whose events can be wanted; `nil` when those of others can be, too.
    var onlyChannel: String? { divertedChannel == nil || divertedChannel == channel ? channel : nil }

    /// The kinds of events that can be wanted, for the subscription to the switch's.
    package var busNames: EventNameSet {
        guard divertedChannel != nil else { return names }
        var all = names
        all.formUnion(Self.divertedNames)
        return all
    }

    /// The events that an input callback would get.
    static let divertedNames: EventNameSet = [.dtmf, .detectedSpeech, .detectedTone]

    /// What `myevents` turns on.
    static let ofOneChannel: EventNameSet = [
        .channelAnswer, .channelApplication, .channelBridge, .channelCreate, .channelData, .channelDestroy,
        .channelExecute, .channelExecuteComplete, .channelHangup, .channelHangupComplete, .channelOriginate,
        .channelUuid, .channelOutgoing, .channelPark, .channelProgress, .channelProgressMedia, .channelState,
        .channelUnbridge, .channelUnpark, .detectedSpeech, .dtmf, .talk, .notalk,
    ]

    // MARK: - What clients change

    /// Adds the events of a list: `CHANNEL_ANSWER DTMF CUSTOM sofia::register`, or `ALL`.
    ///
    /// - Returns: Whether there was any that exists.
    package mutating func add(_ words: [String]) -> Bool {
        var found = false
        var isCustom = false
        for word in words {
            if isCustom {
                if subclasses.count < Self.limit { subclasses.insert(word) }
            } else if word.equalsIgnoringASCIICase("all") {
                (isEverything, names, found) = (true, .all, true)
            } else if let name = EventName(text: word) {
                names.insert(name)
                isCustom = name == .custom
                found = true
            }
        }
        return found
    }

    /// Takes out the events of a list.
    ///
    /// - Returns: Whether there was any that exists.
    package mutating func remove(_ words: [String]) -> Bool {
        var found = false
        var isCustom = false
        for word in words {
            if isCustom {
                subclasses.remove(word)
            } else if word.equalsIgnoringASCIICase("all") {
                removeEvents()
                found = true
            } else if let name = EventName(text: word) {
                found = true
                isCustom = name == .custom
                if !isCustom || words.last == word { names.remove(name) }
            }
        }
        if found { isEverything = false }
        return found
    }

    /// Wants no event any more; filters stay.
    package mutating func removeEvents() {
        (names, subclasses, isEverything, channel, divertedChannel) = ([], [], false, nil, nil)
    }

    /// Wants the usual events of one channel.
    package mutating func follow(_ uuid: String) {
        channel = uuid
        names.formUnion(Self.ofOneChannel)
    }

    /// Adds a filter; false when there are too many.
    package mutating func add(_ filter: EventFilter) -> Bool {
        guard filters.count < Self.limit else { return false }
        filters.append(filter)
        return true
    }

    /// Takes out the filters of a header, or those with this value; `all` takes out every one.
    package mutating func removeFilters(_ header: String, value: String?) {
        filters.removeAll { filter in
            guard !header.equalsIgnoringASCIICase("all") else { return true }
            guard filter.header.equalsIgnoringASCIICase(header) else { return false }
            return value == nil || filter.value == value
        }
    }
}

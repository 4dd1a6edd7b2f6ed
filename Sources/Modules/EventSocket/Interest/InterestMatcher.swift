import Base
import SwitchCore

/// An interest, ready to be asked about events.
struct InterestMatcher {
    private let interest: Interest
    private let selection: EventMask
    private let includes: [EventFilter.Matcher]
    private let excludes: [EventFilter.Matcher]

    init(_ interest: Interest) {
        self.interest = interest
        selection = interest.selection
        let matchers = interest.filters.map { EventFilter.Matcher($0) }
        includes = matchers.filter { !$0.excludes }
        excludes = matchers.filter(\.excludes)
    }

    /// Whether the event is to be sent.
    func wants(_ event: Event) -> Bool {
        guard interest.mask.allows(event) else { return false }
        if let channel = interest.divertedChannel, Interest.divertedNames.contains(event.name),
            event["Unique-ID"] == channel
        {
            return true
        }
        return selection.allows(event) && isOfChannel(event) && passesFilters(event)
    }

    /// Whether what was sent to a channel is to be sent on.
    func wants(_ event: Event, sentTo channel: String) -> Bool {
        interest.divertedChannel == channel && interest.mask.allows(event)
    }

    private func isOfChannel(_ event: Event) -> Bool {
        guard let channel = interest.channel else { return true }
        return event["Unique-ID"] == channel || event["Job-Owner-UUID"] == channel
    }

    /// As soon as there is a filter, one that includes must match; so filters that only exclude let nothing through.
    private func passesFilters(_ event: Event) -> Bool {
        guard !(includes.isEmpty && excludes.isEmpty) else { return true }
        return includes.contains { $0.matches(event) } && !excludes.contains { $0.matches(event) }
    }
}

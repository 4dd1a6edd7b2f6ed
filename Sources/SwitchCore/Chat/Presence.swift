/// What somebody is said to be doing, for those who watch them.
public struct Presence: Sendable {
    /// Whether it is told of somebody here, or to somebody here.
    public let event: EventName
    let user: String
    let rpid: String
    let status: String

    /// A presence, by the direction that commands and applications name: `in` or `out`; `nil` for other words.
    public init?(_ direction: String, user: String, rpid: String, status: String) {
        guard let event = ["in": EventName.presenceIn, "out": .presenceOut][direction.lowercased()] else { return nil }
        (self.event, self.user, self.rpid, self.status) = (event, user, rpid, status)
    }

    /// Adds the headers that clients know.
    public func addHeaders(to event: inout Event) {
        for (header, value) in [
            ("proto", "any"), ("login", user), ("from", user), ("status", status), ("rpid", rpid),
            ("event_type", "presence"), ("alt_event_type", "dialog"),
        ] { event.add(header, value) }
    }
}

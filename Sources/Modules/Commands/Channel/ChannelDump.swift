import SwitchCore

/// `uuid_dump`: everything that is known of a channel.
enum ChannelDump {
    /// The channel's headers and variables in one of the forms that events have; `plain` are lines with the values in
    /// brackets.
    static func text(of event: Event, form: String) -> String {
        switch form.lowercased() {
        case "json": encoded(event, .json)
        case "xml": encoded(event, .xml)
        case "plain": event.headers.map { "\($0.name): [\($0.value)]\n" }.joined() + "\n"
        default: encoded(event, .plain)
        }
    }

    private static func encoded(_ event: Event, _ format: EventFormat) -> String {
        String(decoding: format.encode(event), as: UTF8.self)
    }
}

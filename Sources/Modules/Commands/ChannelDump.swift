import SwitchCore

/// `uuid_dump`: everything that is known of a channel.
enum ChannelDump {
    /// The channel's headers and variables, in one of the forms that events have.
    ///
    /// - Returns: `nil` when there is no such form.
    static func text(of session: Session, form: String) async -> String? {
        let event = await session.makeEvent(.channelData)
        switch form {
        case "plain": return String(decoding: EventFormat.plain.encode(event).dropLast(), as: UTF8.self)
        case "json": return String(decoding: EventFormat.json.encode(event), as: UTF8.self)
        case "xml": return String(decoding: EventFormat.xml.encode(event), as: UTF8.self)
        default: return nil
        }
    }
}

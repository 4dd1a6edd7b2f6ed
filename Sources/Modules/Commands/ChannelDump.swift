import Base
import SwitchCore

/// `uuid_dump`: everything that is known of a channel.
enum ChannelDump {
    /// The channel's headers and variables, as lines with encoded values or as one JSON object.
    ///
    /// - Returns: `nil` when there is no such form.
    static func text(of session: Session, form: String) async -> String? {
        let event = await session.makeEvent(.channelData)
        switch form {
        case "plain": return event.headers.map { "\($0.name): \(PercentEncoding.encode($0.value))\n" }.joined()
        case "json": return JSONText.object(event.headers)
        default: return nil
        }
    }
}

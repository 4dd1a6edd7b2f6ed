import Base
import Logging
import SwitchCore

/// Telling what goes on.
enum DiagnosticApplications {
    private static let anywhere: Application.Traits = [.inline, .zombie, .noMedia]

    static let all: [Application] = [
        Application("log", syntax: "[<level>] <text>", anywhere) { session, data in session.logger.log(line: data) },
        Application("info", syntax: "[<level>]", anywhere) { session, data in try info(data, session) },
        Application("set_media_stats", anywhere) { session, _ in await session.noteMediaFigures() },
        Application("session_loglevel", syntax: "<level>", [.noMedia]) { session, data in
            guard let level = LogLevel(data) else { throw ApplicationError("no such log level: \(data)") }
            session.limitLog(to: level.logLevel ?? .critical)
        },
        Application("eval", syntax: "<text>", anywhere) { _, _ in },
        Application("event", syntax: "[Event-Name=…,][Event-Subclass=…,]<header>=<value>,…", anywhere) {
            session,
            data in
            fire(data, on: session)
        },
    ]

    /// Everything that is known of the channel, a line each; passwords are no channel variables.
    private static func info(_ name: String, _ session: isolated Session) throws {
        let named: LogLevel? = name.isEmpty ? .info : LogLevel(name)
        guard let level = named else { throw ApplicationError("no such log level: \(name)") }
        var event = Event(.channelData)
        session.addChannelHeaders(to: &event)
        for variable in session.variables { event.add("variable_\(variable.name)", variable.value) }
        let text = event.headers.map { "\($0.name): [\($0.value)]" }.joined(separator: "\n")
        session.logger.log(level: level.logLevel ?? .critical, "CHANNEL_DATA:\n\(text)")
    }

    /// Fires an event of the channel; what the switch says of it itself stands first, and is not given.
    private static func fire(_ data: String, on session: isolated Session) {
        let pairs = ListSplitter.split(data, by: ",").compactMap(\.assignment)
        let named = { (name: String) in pairs.first { $0.name.equalsIgnoringASCIICase(name) }?.value }
        let name = named("Event-Name").flatMap { EventName(text: $0) } ?? .channelApplication
        let subclass = named("Event-Subclass")
        session.softswitch.events.publish(name) {
            var event = session.makeEvent(name, subclass: subclass)
            for pair in pairs where !isOwn(pair.name) { event.add(pair.name, pair.value) }
            return event
        }
    }

    /// Whether a header tells of the event, or where its body ends, and not of what happened.
    private static func isOwn(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasPrefix("event-") || name == "content-length"
    }
}

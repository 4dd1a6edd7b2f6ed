import Logging
import SwitchCore

/// Who the caller is to others, and what others are told of the channel.
enum IdentityApplications {
    static let all: [Application] = [
        Application("privacy", syntax: "off|on|name|full|number", [.noMedia]) { session, data in
            try setPrivacy(data, on: session)
        },
        Application("set_name", syntax: "<name>", [.noMedia]) { session, data in
            guard !data.isEmpty else { throw ApplicationError("set_name needs a name") }
            session.profile.setField("chan_name", to: data)
            session.setVariable("channel_name", data)
        },
        Application("presence", syntax: "<rpid> <status> [<id>]", [.inline, .noMedia]) { session, data in
            try publishPresence(data, on: session)
        },
        Application("verbose_events", [.inline, .noMedia]) { session, _ in session.isVerbose = true },
        Application("clear_speech_cache", [.noMedia]) { session, _ in
            // A channel keeps no engine: what was said is in the cache directory, for all calls.
            session.logger.debug("clear_speech_cache: there is nothing to be forgotten")
        },
        Application("unloop", [.noMedia]) { session, _ in
            // The two legs of a loopback stay; what they carry is the same.
            session.logger.debug("unloop: the loopback legs stay in the call")
        },
    ]

    private static func setPrivacy(_ data: String, on session: isolated Session) throws {
        let (hidesName, hidesNumber): (Bool, Bool)
        switch data.lowercased() {
        case "on", "yes", "full": (hidesName, hidesNumber) = (true, true)
        case "name": (hidesName, hidesNumber) = (true, false)
        case "number": (hidesName, hidesNumber) = (false, true)
        case "off", "no": (hidesName, hidesNumber) = (false, false)
        default: throw ApplicationError("privacy is off, on, name, full or number, not \"\(data)\"")
        }
        session.profile.hidesName = hidesName
        session.profile.hidesNumber = hidesNumber
        session.setVariable("privacy", data.lowercased())
    }

    /// Tells what whom the channel speaks for does, or somebody who is named; the grammar of the command `presence`
    /// (`in|out <user> <rpid> <message>`) is understood too.
    private static func publishPresence(_ data: String, on session: isolated Session) throws {
        let words = data.split(separator: " ", maxSplits: 3).map(String.init)
        if words.count == 4, let presence = Presence(words[0], user: words[1], rpid: words[2], status: words[3]) {
            session.softswitch.events.publish(presence.event) {
                var event = session.makeEvent(presence.event)
                presence.addHeaders(to: &event)
                return event
            }
            return
        }
        let arguments = Arguments(data)
        guard let rpid = arguments[0], let status = arguments[1] else {
            throw ApplicationError("presence needs rpid status [id], not \"\(data)\"")
        }
        session.publishPresence(status, rpid: rpid, of: arguments[2])
    }
}

import Base
import SwitchCore

/// Which events the client gets.
extension ConnectionMachine {
    mutating func addEvents(_ request: Request) {
        var words = Interest.words(request.argument)
        let format = words.first.flatMap { EventFormat(rawValue: $0.lowercased()) }
        if format != nil { words.removeFirst() }
        var changed = interest
        guard changed.add(words) else {
            reply("-ERR no keywords supplied")
            return
        }
        var wanted = Interest()
        _ = wanted.add(words)
        guard permissions.events.covers(wanted.selection) else { return reply("-ERR permission denied") }
        if let format { changed.format = format }
        if case .outbound(let channel, _, false) = role { changed.channel = channel }
        interest = changed
        isListening = true
        interestChanged()
        reply("+OK event listener enabled \(changed.format.rawValue)")
    }

    mutating func removeEvents(_ request: Request) {
        guard interest.remove(Interest.words(request.argument)) else {
            reply("-ERR no keywords supplied")
            return
        }
        isListening = true
        interestChanged()
        reply("+OK events nixed")
    }

    mutating func changeFilter(_ request: Request) {
        var words = request.argument.split(separator: " ", maxSplits: 2).map(String.init)
        guard !words.isEmpty else { return reply(Self.unknown) }
        if words.first?.equalsIgnoringASCIICase("delete") == true {
            words.removeFirst()
            guard let header = words.first else { return reply("-ERR invalid syntax") }
            let value = words.count > 1 ? words[1] : nil
            interest.removeFilters(header, value: value)
            interestChanged()
            reply("+OK filter deleted. [\(header)][\(value ?? "")]")
            return
        }
        if words.first?.equalsIgnoringASCIICase("add") == true { words.removeFirst() }
        let text = words.joined(separator: " ").split(separator: " ", maxSplits: 1).map(String.init)
        guard text.count == 2 else { return reply("-ERR invalid syntax") }
        guard interest.add(EventFilter(header: text[0], value: text[1])) else { return reply("-ERR too many filters") }
        interestChanged()
        reply("+OK filter added. [\(text[0])]=[\(text[1])]")
    }

    /// `myevents [<uuid>] [<format>]`.
    mutating func follow(_ request: Request) {
        guard channel != nil || !request.argument.isEmpty else { return reply(Self.unknown) }
        // Spelled as clients know it.
        guard !isFollowing else { return reply("-ERR aready enabled.") }
        var words = Interest.words(request.argument)
        var format = interest.format
        if let last = words.last, let named = EventFormat(rawValue: last.lowercased()) {
            format = named
            words.removeLast()
        }
        if let channel {
            // The connection's own channel is there as long as the connection is.
            take(.text(words.isEmpty || words[0] == channel ? channel : ""), for: .follow(format))
        } else if let uuid = words.first {
            ask(.channelExists(uuid), for: .follow(format))
        } else {
            reply("-ERR invalid uuid")
        }
    }

    mutating func divertEvents(_ request: Request) {
        guard let channel else { return reply("-ERR not controlling a session.") }
        switch request.argument.lowercased() {
        case "": return reply("-ERR missing value.")
        case "on":
            interest.divertedChannel = channel
            reply("+OK events diverted")
        default:
            interest.divertedChannel = nil
            reply("+OK events not diverted")
        }
        interestChanged()
    }
}

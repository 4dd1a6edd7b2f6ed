import Base
package import SwitchCore
package import XMLConfig

/// Which events somebody may see.
package enum EventMask: Hashable, Sendable {
    case everything
    case only(EventNameSet, subclasses: Set<String>)

    /// The mask of a list: `all`, or `CHANNEL_ANSWER,CUSTOM sofia::register`.
    package init(_ text: String) {
        var interest = Interest()
        _ = interest.add(Interest.words(text))
        self = interest.selection
    }

    /// Whether the event may be seen.
    package func allows(_ event: Event) -> Bool {
        allows(event.name, subclass: event.subclass)
    }

    /// Whether events of this kind may be seen and fired.
    package func allows(_ name: EventName, subclass: String?) -> Bool {
        guard case .only(let names, let subclasses) = self else { return true }
        guard names.contains(name) else { return false }
        guard name == .custom, let subclass else { return true }
        return subclasses.contains(subclass)
    }
}

/// What a client may do.
package struct Permissions: Sendable {
    /// The events that it may see and fire.
    package var events = EventMask.everything
    /// The API commands that it may run; `nil` allows all.
    package var commands: Set<String>?
    /// Whether it may watch the log.
    package var seesLog = true
    /// The texts that say so, as the reply to `userauth` repeats them.
    package private(set) var texts = (events: "all", commands: "all")

    /// Everything is allowed: who knows the socket's own password.
    package init() {}

    /// What the params of a user of the directory allow; what they do not name is allowed.
    package init(of params: NamedValues) {
        if let text = params["esl-allowed-events"] {
            events = EventMask(text)
            texts.events = text
        }
        if let text = params["esl-allowed-api"] {
            texts.commands = text
            let names = Interest.words(text).map { $0.lowercased() }
            commands = names.contains("all") ? nil : Set(names)
        }
        if let text = params["esl-allowed-log"] { seesLog = text.isTrueSetting }
    }

    /// Whether a command line may be run.
    package func allows(command line: String) -> Bool {
        guard let commands else { return true }
        let name = line.split(separator: " ", maxSplits: 1).first?.lowercased() ?? ""
        return commands.contains(name)
    }
}

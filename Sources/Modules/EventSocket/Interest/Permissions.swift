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

    /// Whether all of these may be seen; of everything, as much as may be.
    package func covers(_ wanted: EventMask) -> Bool {
        guard case .only(let names, let subclasses) = self, case .only(let others, let otherSubclasses) = wanted else {
            return true
        }
        return others.isSubset(of: names) && otherSubclasses.isSubset(of: subclasses)
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

    /// Commands that run others, and how many words stand before those.
    private static let carriers = ["bgapi": 0, "expand": 0, "xml_wrap": 0, "sched_api": 2]
    /// Commands that put the answers of others into their argument.
    private static let expanders: Set = ["eval", "expand"]

    /// How deep commands run others.
    private static let deepest = 16

    /// Whether a command line may be run: its command, and those that it would run.
    ///
    /// - Parameter resolve: Puts what an alias stands for in its place at the beginning of a line.
    package func allows(command line: String, resolve: (String) -> String = { $0 }) -> Bool {
        guard let commands else { return true }
        var rest = line
        for depth in 0..<Self.deepest {
            // At blanks alone, as commands do: whatever else there is stays a part of a name that nobody may have.
            var words = resolve(rest).split(separator: " ")[...]
            // A command without what it runs does nothing.
            guard let word = words.popFirst() else { return depth > 0 }
            // What is scheduled may end with it.
            let name = (word.hasSuffix("&") ? word.dropLast() : word).lowercased()
            guard commands.contains(name) else { return false }
            if Self.expanders.contains(name), words.contains(where: Self.hasExpression) { return false }
            guard let skipped = Self.carriers[name] else { return true }
            words = words.dropFirst(skipped)
            let option = words.first?.lowercased() ?? ""
            if name == "expand" && option.hasPrefix("uuid:") || name == "xml_wrap" && option == "encoded" {
                words = words.dropFirst()
            }
            rest = words.joined(separator: " ")
        }
        return false
    }

    /// Whether a part of it would be evaluated, `${…}` or `@{…}`; byte by byte, as it is read.
    private static func hasExpression(_ text: Substring) -> Bool {
        var last: UInt8 = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "{"), last == UInt8(ascii: "$") || last == UInt8(ascii: "@") { return true }
            last = byte
        }
        return false
    }
}

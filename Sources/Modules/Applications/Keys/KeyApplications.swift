import Base
import Logging
import Patterns
import SwitchCore

/// Binding keys to applications, for while something else goes on.
enum KeyApplications {
    static let all: [Application] = [
        Application("bind_meta_app", syntax: "<key> [a|b|ab] [a|b|o|s|i|1] <application>[::<data>]", [.noMedia]) {
            session,
            data in
            try bindMeta(data, on: session)
        },
        Application("unbind_meta_app", syntax: "[<key>]", [.noMedia]) { session, data in
            for bindings in session.keyBindings {
                bindings.unbindMeta(data.first)
            }
        },
        Application(
            "bind_digit_action",
            syntax: "<realm>,<digits|~regex>,exec[<flags>]:<application>|api:<command>"
                + "[,<data>[,<digits of>[,<run on>]]]",
            [.noMedia]
        ) { session, data in
            try bindDigits(data, on: session)
        },
        Application("clear_digit_action", syntax: "<realm>|all[,<digits of>]", [.noMedia]) { session, data in
            let (realm, legs) = try target(data, "clear_digit_action")
            session.keyBindings(of: legs) { matcher in
                if realm == "all" { matcher.clearAll() } else { matcher.clear(realm) }
            }
        },
        Application("digit_action_set_realm", syntax: "<realm>[,<digits of>]", [.noMedia]) { session, data in
            let (realm, legs) = try target(data, "digit_action_set_realm")
            session.keyBindings(of: legs) { $0.activate(realm) }
        },
    ]

    /// Reads `<realm>[,self|peer|both]`.
    private static func target(_ data: String, _ name: String) throws -> (String, KeyBindings.Leg) {
        let parts = ListSplitter.split(data)
        guard let realm = parts.first, !realm.isEmpty, let legs = KeyBindings.Leg(word: parts.count > 1 ? parts[1] : "")
        else { throw ApplicationError("\(name) needs realm[,self|peer|both], not \"\(data)\"") }
        return (realm, legs)
    }

    private static func bindDigits(_ data: String, on session: isolated Session) throws {
        let parts = ListSplitter.split(data, limit: 6)
        let word = { (index: Int) in parts.count > index ? parts[index] : "" }
        guard parts.count >= 3, !parts[0].isEmpty, !parts[1].isEmpty, let legs = KeyBindings.Leg(word: word(4)),
            let runsOn = KeyBindings.Leg(word: word(5))
        else { throw ApplicationError("bind_digit_action needs realm,digits,what[,data[,leg[,leg]]], not \"\(data)\"") }
        let (kind, flags, name) = try words(ofAction: parts[2])
        let work: KeyBindings.Action.Work =
            kind == "exec" ? .application(name, data: word(3)) : .command("\(name) \(word(3))")
        let keys: KeyMatcher<KeyBindings.Action>.Keys
        do {
            keys =
                if let pattern = rest(of: parts[1], after: "~") {
                    .pattern(try RegularExpression(expression: pattern, isKept: false))
                } else {
                    .literal(parts[1])
                }
        } catch {
            throw ApplicationError("bind_digit_action: \(error)")
        }
        var action = KeyBindings.Action(work: work, target: runsOn)
        action.holdsPartner = runsOn != .both && !flags.contains("H") && !flags.contains("i")
        let terminators = session.variable("bda_terminators")
        session.keyBindings(of: legs) { matcher in
            matcher.bind(parts[1], as: keys, in: parts[0], to: action, isUrgent: flags.contains("P"))
            if let terminators { matcher.terminators = terminators }
        }
    }

    /// Parts `exec[<flags>]:<application>`, `exec:<application>` and `api:<command>`.
    ///
    /// Of the flags, `P` lets it count at once, whatever else may come of the keys, `H` lets the partner wait without
    /// music, and `i` does too; `exec:i:` is an old word of ours for that.
    private static func words(ofAction text: String) throws -> (kind: String, flags: String, name: String) {
        if let name = rest(of: text, after: "exec:i:") { return ("exec", "i", name) }
        for kind in ["api", "exec"] {
            if let name = rest(of: text, after: "\(kind):") { return (kind, "", name) }
        }
        if let tail = rest(of: text, after: "exec["), let end = tail.firstRange(of: "]:") {
            return ("exec", String(tail[..<end.lowerBound]), String(tail[end.upperBound...]))
        }
        throw ApplicationError("bind_digit_action needs exec: or api:, not \"\(text)\"")
    }

    private static func rest(of text: String, after prefix: String) -> String? {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }

    /// Reads `<key> <legs that listen> <flags> <application>[::<data>]`.
    private static func bindMeta(_ data: String, on session: isolated Session) throws {
        let words = ListSplitter.split(data, by: " ", limit: 4)
        guard words.count == 4, let key = words[0].first, words[0].count == 1 else {
            throw ApplicationError("bind_meta_app needs key legs flags application, not \"\(data)\"")
        }
        let first = session.firstMetaKey
        guard key != first else { throw ApplicationError("bind_meta_app: \(key) is the first key already") }
        let call = words[3].split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        let isCall = call.count == 3 && call[1].isEmpty
        let work = KeyBindings.Action.Work.application(isCall ? call[0] : words[3], data: isCall ? call[2] : "")
        let (legs, flags) = (words[1].lowercased(), words[2].lowercased())
        for leg in ["a", "b"] where legs.contains(leg) {
            // "s" is the leg that pressed the key, "o" the other one.
            let target: KeyBindings.Leg =
                if flags.contains("o") { .other } else if flags.contains("s") { .own } else if flags.contains("b") {
                    leg == "b" ? .own : .other
                } else { leg == "a" ? .own : .other }
            var action = KeyBindings.Action(work: work, target: target, isOnce: flags.contains("1"))
            action.holdsPartner = !flags.contains("i")
            let bindings = leg == "a" ? session.ownKeyBindings : session.partnerKeyBindings
            bindings.bindMeta(key, after: first, to: action)
        }
    }
}

extension Session {
    /// How long the keys of a binding may be apart (`bind_digit_digit_timeout`).
    private var bindingTimeout: Duration {
        let milliseconds = variable("bind_digit_digit_timeout").flatMap { Int($0) } ?? 1500
        return .milliseconds(min(max(milliseconds, 1), 60_000))
    }

    /// The key before those of `bind_meta_app` (`bind_meta_key`).
    fileprivate var firstMetaKey: Character {
        guard let key = variable("bind_meta_key")?.first else { return "*" }
        if Self.allKeys.contains(key) { return key }
        logger.warning("bind_meta_key is no key", metadata: ["key": "\(key)"])
        return "*"
    }

    /// The bindings of this channel's keys.
    fileprivate var ownKeyBindings: KeyBindings {
        if let bindings = keyListeners.lazy.compactMap({ $0 as? KeyBindings }).first { return bindings }
        let bindings = KeyBindings(digitTimeout: bindingTimeout)
        listenToKeys(bindings)
        return bindings
    }

    /// The bindings of its partner's keys.
    fileprivate var partnerKeyBindings: KeyBindings {
        if let bindings = partnerKeyListeners.lazy.compactMap({ $0 as? KeyBindings }).first { return bindings }
        let bindings = KeyBindings(digitTimeout: bindingTimeout)
        listenToKeys(bindings, ofPartner: true)
        return bindings
    }

    fileprivate var keyBindings: [KeyBindings] {
        (keyListeners + partnerKeyListeners).compactMap { $0 as? KeyBindings }
    }

    fileprivate func keyBindings(
        of legs: KeyBindings.Leg,
        change: (inout KeyMatcher<KeyBindings.Action>) -> Void
    ) {
        if legs != .other { ownKeyBindings.change(change) }
        if legs != .own { partnerKeyBindings.change(change) }
    }
}

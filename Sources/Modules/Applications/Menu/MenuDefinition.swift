import Patterns
import SwitchCore
import XMLConfig

/// A menu of `ivr.conf`: what the caller hears, what they may press, and what follows.
struct MenuDefinition {
    /// What an entry does.
    enum Action: Equatable {
        /// `menu-exec-app`: an application and its data.
        case execute(application: String, data: String)
        /// `menu-sub`: another menu.
        case enter(menu: String)
        /// `menu-play-sound`: a prompt, then this menu again.
        case play(String)
        /// `menu-back`: the menu above.
        case back
        /// `menu-top`: the first menu.
        case top
        /// `menu-exit`: the end of all menus.
        case exit
    }

    /// What the caller may press.
    enum Keys {
        case literal(String)
        case pattern(RegularExpression)
    }

    /// Keys and what they do.
    struct Entry {
        var keys: Keys
        var action: String
        /// What the action is about, perhaps with marks for captures.
        var parameter: CaptureTemplate
    }

    /// What happens when the caller failed too often: an application and its data.
    typealias Escape = (application: String, data: String)

    let name: String
    var entries: [Entry] = []
    /// Heard first (`greet-long`).
    var longGreeting: String?
    /// Heard again (`greet-short`); the long one when `nil`.
    var shortGreeting: String?
    var invalidSound: String?
    var exitSound: String?
    /// Heard before an entry transfers the call (`transfer-sound`).
    var transferSound: String?
    /// Plays what was pressed, and asks whether it is right (`confirm-macro`, `confirm-key`, `confirm-attempts`).
    var confirmation: (macro: String, key: Character, attempts: Int)?
    var voice = SpokenText.Voice()
    /// How many keys are taken at most.
    var digitLength = 1
    var timeout = Duration.seconds(10)
    var interDigitTimeout = Duration.seconds(2)
    var maximumFailures = 3
    var maximumTimeouts = 3
    var onMaximumFailures: Escape?
    var onMaximumTimeouts: Escape?
    /// What the caller must enter first (`pin`, `pin-file`, `bad-pin-file`).
    var pin: (number: String, prompt: String, badPrompt: String)?

    /// How many entries a menu may have.
    static let entryLimit = 1000

    init(name: String) {
        self.name = name
    }
}

extension MenuDefinition {
    /// Reads a `<menu>`; entries that make no sense are left out and reported.
    init(_ node: XMLNode, report: (Diagnostic) -> Void) {
        self.init(name: node[attribute: "name"] ?? "")
        let text = { (name: String) in node.nonEmpty(attribute: name) }
        let number = { (name: String) in text(name).flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }
        (longGreeting, shortGreeting) = (text("greet-long"), text("greet-short"))
        (invalidSound, exitSound, transferSound) = (text("invalid-sound"), text("exit-sound"), text("transfer-sound"))
        voice = SpokenText.Voice(engine: text("tts-engine"), name: text("tts-voice"))
        if let macro = text("confirm-macro"), let key = text("confirm-key")?.first {
            confirmation = (macro, key, number("confirm-attempts") ?? 3)
        }
        let longest = 86_400_000
        if let value = number("timeout") { timeout = .milliseconds(min(value, longest)) }
        if let value = number("inter-digit-timeout") { interDigitTimeout = .milliseconds(min(value, longest)) }
        maximumFailures = number("max-failures") ?? maximumFailures
        // A limit that is written and is none is another one's default.
        maximumTimeouts = number("max-timeouts") ?? (text("max-timeouts") == nil ? maximumFailures : maximumTimeouts)
        onMaximumFailures = text("exec-on-max-failures").map(Self.call)
        onMaximumTimeouts = text("exec-on-max-timeouts").map(Self.call)
        if let pin = text("pin") {
            self.pin = (pin, text("pin-file") ?? Self.pinPrompt, text("bad-pin-file") ?? Self.badPINPrompt)
        }
        digitLength = min(max(number("digit-len") ?? 1, 1), Session.digitLimit)
        for child in node.children(named: "entry").prefix(Self.entryLimit) {
            do {
                try add(child)
            } catch {
                report(Diagnostic(.warning, at: child.location, "\(error)"))
            }
        }
    }

    private static let pinPrompt = "ivr/ivr-please_enter_pin_followed_by_pound.wav"
    private static let badPINPrompt = "conference/conf-bad-pin.wav"
    private static let actions = [
        "menu-exec-app", "menu-sub", "menu-play-sound", "menu-back", "menu-top", "menu-exit",
    ]

    private mutating func add(_ node: XMLNode) throws(SayError) {
        let action = node[attribute: "action"]?.lowercased() ?? ""
        guard Self.actions.contains(action) else {
            let hint = SpellingSuggestion.hint(for: action, among: Self.actions)
            throw SayError("there is no menu action \"\(action)\"\(hint)")
        }
        guard let digits = node.nonEmpty(attribute: "digits") else {
            throw SayError("digits are missing")
        }
        let keys: Keys
        if digits.hasPrefix("/") {
            do {
                keys = .pattern(try RegularExpression(expression: digits, isKept: false))
            } catch {
                throw SayError("\(error)")
            }
        } else {
            keys = .literal(digits)
            digitLength = min(max(digitLength, digits.count), Session.digitLimit)
        }
        entries.append(Entry(keys: keys, action: action, parameter: CaptureTemplate(node[attribute: "param"] ?? "")))
    }

    /// What the keys do: all entries that match, in their order; none when they are no entry of the menu.
    func actions(for keys: String) -> [Action] {
        entries.compactMap { entry in
            switch entry.keys {
            case .literal(let text):
                return text == keys ? Self.action(entry.action, entry.parameter.source) : nil
            case .pattern(let expression):
                // A match that costs too much is none.
                guard let found = try? expression.firstMatch(in: keys) else { return nil }
                return Self.action(entry.action, entry.parameter.substituting(found.captures))
            }
        }
    }

    private static func action(_ name: String, _ parameter: String) -> Action {
        switch name {
        case "menu-exec-app":
            let (application, data) = call(parameter)
            return .execute(application: application, data: data)
        case "menu-sub": return .enter(menu: parameter)
        case "menu-play-sound": return .play(parameter)
        case "menu-back": return .back
        case "menu-top": return .top
        default: return .exit
        }
    }

    /// An application, a space, and its data.
    static func call(_ text: String) -> Escape {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
    }
}

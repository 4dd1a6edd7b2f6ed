/// A caller's way through menus: what happened goes in, what is to be done next comes out.
///
/// ```
/// state      event                     next
/// entering   begun, the PIN is right   greeting, keys are collected
/// greeting   keys of entries           the action of the first
/// greeting   other keys                the invalid sound, the greeting again
/// greeting   nothing                   the greeting again
/// greeting   too many of either        the menu's escape; then the menu above, or the end
/// executing  done, or missing          the action of the next entry with these keys; after the last the same menu again, the
///                                      menu above, or the end, as the entries said
/// ```
struct MenuCourse {
    /// What is to be done now.
    enum Step: Equatable {
        /// Ask for the menu's PIN.
        case askPIN(menu: String)
        /// Play a greeting and collect keys.
        case greet(menu: String, isLong: Bool)
        /// Play the keys back, and ask whether they are right.
        case confirm(menu: String, keys: String)
        /// Play a prompt.
        case play(String)
        /// Run an application.
        case execute(application: String, data: String)
        /// All menus are over; the exit sound of the first is played.
        case finish(exitSound: String?)
    }

    /// What happened.
    enum Event: Equatable {
        /// The way begins.
        case begun
        /// These keys were pressed; none when the time was over.
        case pressed(String)
        /// Whether the caller said that the keys are right, or entered the right PIN.
        case confirmed(Bool)
        /// What was to be done is done.
        case done
        /// The application that was to run is not there.
        case missing
    }

    /// What `ivr_menu_status` says.
    enum Status: String {
        case success, failure, timeout
    }

    private enum State: Equatable {
        case entering, greeting, confirming(String), rejecting, executing, escaping, finished
    }

    /// What comes after the entries that the keys have chosen: what the last of them says.
    private enum Outcome {
        case goesOn, ends
    }

    private struct Level {
        var menu: MenuDefinition
        /// The actions that are still to be done.
        var pending: ArraySlice<MenuDefinition.Action> = []
        var outcome = Outcome.goesOn
        /// An entry leads back to the menu above, whatever others say.
        var isLeaving = false
        var greetings = 0
        var failures = 0
        var timeouts = 0
    }

    /// How deep menus may be inside one another.
    static let depthLimit = 12

    private let menus: [String: MenuDefinition]
    private var levels: [Level]
    private var state = State.entering
    /// An entry leads to the first menu.
    private var fallsToTop = false
    /// How the last menu went.
    private(set) var status = Status.success

    /// The way that begins in a menu; `nil` when there is none of that name.
    init?(_ menus: [String: MenuDefinition], from name: String) {
        guard let menu = menus[name] else { return nil }
        self.menus = menus
        levels = [Level(menu: menu)]
    }

    /// The menu that the caller is in.
    var menu: MenuDefinition? { levels.last?.menu }

    /// Takes what happened and says what is next.
    mutating func next(after event: Event) -> Step {
        guard let level = levels.last else { return .finish(exitSound: nil) }
        switch (state, event) {
        case (.entering, .begun):
            return enter()
        case (.entering, .confirmed(let isRight)):
            if isRight { return greet() }
            status = .failure
            return end()
        case (.greeting, .pressed(let keys)):
            guard !keys.isEmpty else {
                levels[levels.count - 1].timeouts += 1
                return greet()
            }
            guard level.menu.confirmation != nil else { return take(keys) }
            state = .confirming(keys)
            return .confirm(menu: level.menu.name, keys: keys)
        case (.confirming(let keys), .confirmed(let isRight)):
            return isRight ? take(keys) : reject(withSound: false)
        case (.rejecting, .done):
            return greet()
        case (.executing, .missing):
            // Nothing runs, and the menu ends with it: the dialplan goes on.
            levels[levels.count - 1].outcome = .ends
            return proceed()
        case (.executing, .done):
            return proceed()
        case (.escaping, .done), (.escaping, .missing):
            return leave(.goesOn)
        default:
            return end()
        }
    }

    // MARK: - Transitions

    private mutating func enter() -> Step {
        guard let menu = levels.last?.menu else { return end() }
        status = .success
        guard menu.pin == nil else {
            state = .entering
            return .askPIN(menu: menu.name)
        }
        return greet()
    }

    private mutating func greet() -> Step {
        guard let level = levels.last else { return end() }
        if level.failures == level.menu.maximumFailures {
            return giveUp(.failure, level.menu.onMaximumFailures)
        }
        if level.timeouts == level.menu.maximumTimeouts {
            return giveUp(.timeout, level.menu.onMaximumTimeouts)
        }
        levels[levels.count - 1].greetings += 1
        state = .greeting
        return .greet(menu: level.menu.name, isLong: level.greetings == 0 || level.menu.shortGreeting == nil)
    }

    private mutating func take(_ keys: String) -> Step {
        let last = levels.count - 1
        let actions = levels[last].menu.actions(for: keys)
        guard !actions.isEmpty else { return reject(withSound: true) }
        (levels[last].failures, levels[last].pending) = (0, actions[...])
        return proceed()
    }

    /// Does what is left of the entries that were chosen, in this menu and in those above.
    private mutating func proceed() -> Step {
        let last = levels.count - 1
        while let action = levels[last].pending.popFirst() {
            levels[last].outcome = .goesOn
            switch action {
            case .execute(let application, let data):
                guard !application.isEmpty else {
                    levels[last].outcome = .ends
                    continue
                }
                state = .executing
                return .execute(application: application, data: data)
            case .play(let sound):
                state = .executing
                return .play(sound)
            case .enter(levels[last].menu.name): continue
            case .enter(let name):
                if let step = descend(to: name) { return step }
            case .back: levels[last].isLeaving = true
            case .top:
                fallsToTop = true
                levels[last].outcome = .ends
            case .exit: levels[last].outcome = .ends
            }
        }
        return settle()
    }

    /// All entries that were chosen are done.
    private mutating func settle() -> Step {
        let last = levels.count - 1
        if fallsToTop, last == 0 {
            (fallsToTop, levels[0].isLeaving, levels[0].outcome) = (false, false, .goesOn)
        }
        let level = levels[last]
        return level.isLeaving || level.outcome == .ends ? leave(level.outcome) : greet()
    }

    /// Enters a menu below; `nil` when there is none, which ends this one.
    private mutating func descend(to name: String) -> Step? {
        let last = levels.count - 1
        levels[last].greetings = 0
        guard let menu = menus[name], levels.count < Self.depthLimit else {
            status = .failure
            levels[last].outcome = .ends
            return nil
        }
        levels.append(Level(menu: menu))
        return enter()
    }

    private mutating func reject(withSound: Bool) -> Step {
        levels[levels.count - 1].failures += 1
        if withSound, let sound = levels.last?.menu.invalidSound {
            state = .rejecting
            return .play(sound)
        }
        return greet()
    }

    private mutating func giveUp(_ status: Status, _ escape: MenuDefinition.Escape?) -> Step {
        self.status = status
        guard let escape, !escape.application.isEmpty else { return leave(.goesOn) }
        state = .escaping
        return .execute(application: escape.application, data: escape.data)
    }

    /// Back to the menu above, where the entries that are left come next; or the end.
    private mutating func leave(_ outcome: Outcome) -> Step {
        guard levels.count > 1 else { return end() }
        levels.removeLast()
        levels[levels.count - 1].outcome = outcome
        return proceed()
    }

    private mutating func end() -> Step {
        state = .finished
        return .finish(exitSound: levels.first?.menu.exitSound)
    }
}

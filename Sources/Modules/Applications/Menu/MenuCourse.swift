/// A caller's way through menus: what happened goes in, what is to be done next comes out.
///
/// ```
/// state      event                     next
/// entering   begun, the PIN is right   greeting, keys are collected
/// greeting   keys of an entry          its action
/// greeting   other keys                the invalid sound, a pause, the greeting again
/// greeting   nothing                   the greeting again
/// greeting   too many of either        the menu's escape; then the menu above, or the end
/// executing  done                      the greeting of the same menu again
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
        /// Wait a second, so that a caller who presses wildly is not faster than the prompts.
        case pause
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
    }

    /// What `ivr_menu_status` says.
    enum Status: String {
        case success, failure, timeout
    }

    private enum State: Equatable {
        case entering, greeting, confirming(String), rejecting, pausing, executing, escaping, finished
    }

    private struct Level {
        var menu: MenuDefinition
        var greetings = 0
        var failures = 0
        var timeouts = 0
    }

    /// How deep menus may be inside one another.
    static let depthLimit = 12

    private let menus: [String: MenuDefinition]
    private var levels: [Level]
    private var state = State.entering
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
            state = .pausing
            return .pause
        case (.pausing, .done), (.executing, .done):
            return greet()
        case (.escaping, .done):
            return leave()
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
        guard let level = levels.last, let action = level.menu.action(for: keys) else { return reject(withSound: true) }
        levels[levels.count - 1].failures = 0
        switch action {
        case .execute(let application, let data):
            // FreeSWITCH ends the menus when there is nothing to run.
            guard !application.isEmpty else { return end() }
            state = .executing
            return .execute(application: application, data: data)
        case .play(let sound):
            state = .executing
            return .play(sound)
        case .enter(let name):
            return descend(to: name)
        case .back:
            return leave()
        case .top:
            // The first menu greets as to somebody new, unless it was the one.
            let wasFirst = levels.count == 1
            levels.removeSubrange(1...)
            if !wasFirst { levels[0].greetings = 0 }
            return greet()
        case .exit:
            return end()
        }
    }

    private mutating func descend(to name: String) -> Step {
        if name == levels.last?.menu.name { return greet() }
        levels[levels.count - 1].greetings = 0
        guard let menu = menus[name], levels.count < Self.depthLimit else {
            status = .failure
            return end()
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
        state = .pausing
        return .pause
    }

    private mutating func giveUp(_ status: Status, _ escape: MenuDefinition.Escape?) -> Step {
        self.status = status
        guard let escape, !escape.application.isEmpty else { return leave() }
        state = .escaping
        return .execute(application: escape.application, data: escape.data)
    }

    /// Back to the menu above, or the end.
    private mutating func leave() -> Step {
        guard levels.count > 1 else { return end() }
        levels.removeLast()
        return greet()
    }

    private mutating func end() -> Step {
        state = .finished
        return .finish(exitSound: levels.first?.menu.exitSound)
    }
}

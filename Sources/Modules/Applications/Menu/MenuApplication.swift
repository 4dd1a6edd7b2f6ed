import Logging
import SwitchCore
import XMLConfig

/// The menus of `ivr.conf`.
enum MenuApplications {
    static let all: [Application] = [
        Application("ivr", syntax: "<menu>", []) { session, data in
            let name = data.split(separator: " ").first.map(String.init) ?? ""
            let parameters = session.lookUpParameters(
                for: .configuration,
                own: [("Menu-Name", name)],
                file: "mod_dptools.c",
                function: "ivr_application_function"
            )
            let menus = try await menus(parameters, in: session.softswitch, session.logger)
            guard var course = MenuCourse(menus, from: name) else {
                throw ApplicationError("there is no menu \"\(name)\" in ivr.conf")
            }
            try await session.follow(&course, menus)
        }
    ]

    /// The menus that can be reached from one; a provider may send them one at a time.
    private static func menus(
        _ parameters: [(String, String)],
        in softswitch: Switch,
        _ logger: Logger
    ) async throws -> [String: MenuDefinition] {
        var menus: [String: MenuDefinition] = [:]
        guard let node = await softswitch.xml.configuration(named: "ivr.conf", parameters: parameters),
            let list = node.first("menus")
        else { throw ApplicationError("there is no ivr.conf with menus") }
        for menu in list.children(named: "menu").prefix(menuLimit) {
            let definition = MenuDefinition(menu) { logger.warning("\($0)") }
            if menus[definition.name] == nil { menus[definition.name] = definition }
        }
        return menus
    }

    /// How many menus a configuration may have.
    private static let menuLimit = 10_000
}

extension Session {
    /// Does what a way through the menus asks for, until it is over or the channel goes elsewhere.
    fileprivate func follow(_ course: inout MenuCourse, _ menus: [String: MenuDefinition]) async throws {
        let began = state
        var entered: String?
        defer {
            setVariable("ivr_menu_status", course.status.rawValue)
            if let entered { publish("menu::exit", entered) }
        }
        var event = MenuCourse.Event.begun
        while !isOver, state == began {
            setVariable("ivr_menu_status", course.status.rawValue)
            let step = course.next(after: event)
            guard let menu = course.menu else { return }
            // A greeting that is heard again is no new entry.
            if case .greet = step, entered != menu.name {
                entered = menu.name
                publish("menu::enter", menu.name)
            }
            switch step {
            case .askPIN:
                event = .confirmed(try await enteredPIN(of: menu))
            case .greet(_, let isLong):
                if let engine = menu.voice.engine, let voice = menu.voice.name {
                    setVariable("tts_engine", engine)
                    setVariable("tts_voice", voice)
                }
                let greeting = isLong ? menu.longGreeting : menu.shortGreeting
                event = .pressed(try await collectKeys(for: menu, greeting: greeting))
            case .confirm(_, let keys):
                event = .confirmed(try await isConfirmed(keys, by: menu))
            case .play(let sound):
                try await playIfPossible(await expand(sound), ending: .collecting)
                event = .done
            case .execute(let application, let data):
                event = softswitch.applications[application] == nil ? .missing : .done
                if application == "transfer", let sound = menu.transferSound {
                    try await playIfPossible(await expand(sound), ending: .none)
                }
                if event == .done { await execute(application, data) } else { noteMissing(application, data) }
            case .finish(let sound):
                if let sound { try await playIfPossible(await expand(sound), ending: .none) }
                return
            }
        }
    }

    private func publish(_ subclass: String, _ menu: String) {
        softswitch.events.publish(.custom) {
            var event = makeEvent(.custom, subclass: subclass)
            event.add("Menu-Name", menu)
            return event
        }
    }

    private func collectKeys(for menu: MenuDefinition, greeting: String?) async throws -> String {
        if let greeting { try await playIfPossible(await expand(greeting), ending: .collecting) }
        let terminators = variable("ivr_menu_terminator").map { Set($0) } ?? ["#"]
        let collected = try await collectDigits(
            maximum: menu.digitLength,
            timeout: menu.timeout,
            digitTimeout: menu.interDigitTimeout,
            terminators: terminators
        )
        if !collected.digits.isEmpty, !isTrue("sensitive_dtmf") {
            let before = variable("digits_dialed").map { $0 + "," } ?? ""
            setVariable("digits_dialed", String((before + collected.digits).suffix(Session.digitLimit)))
        }
        return collected.digits
    }

    private func isConfirmed(_ keys: String, by menu: MenuDefinition) async throws -> Bool {
        guard let confirmation = menu.confirmation else { return true }
        for _ in 0..<min(confirmation.attempts, 128) {
            try await playIfPossible("phrase:\(confirmation.macro):\(keys)", ending: .collecting)
            if let key = try await nextDigit(timeout: menu.timeout) { return key == confirmation.key }
        }
        return false
    }

    /// Three attempts, with the times that FreeSWITCH allows.
    private func enteredPIN(of menu: MenuDefinition) async throws -> Bool {
        guard let pin = menu.pin else { return true }
        for _ in 0..<3 {
            try await playIfPossible(pin.prompt, ending: .collecting)
            let collected = try await collectDigits(
                maximum: max(pin.number.count, 1),
                timeout: .seconds(3),
                digitTimeout: .seconds(10),
                terminators: ["#"]
            )
            if collected.digits == pin.number { return true }
            flushDigits()
            try await playIfPossible(pin.badPrompt, ending: .none)
        }
        return false
    }
}

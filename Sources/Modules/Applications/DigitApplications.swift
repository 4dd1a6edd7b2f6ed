import Logging
import MediaEngine
import Patterns
import SwitchCore

/// Collecting and sending keys.
enum DigitApplications {
    static let all: [Application] = [
        read,
        playAndGetDigits,
        Application("send_dtmf", syntax: "<digits>[@<milliseconds>][+…]", [.noMedia]) { session, data in
            for run in runs(data, session) { _ = session.sendKeys(run.keys, each: .milliseconds(run.milliseconds)) }
        },
        Application("queue_dtmf", syntax: "<digits>[@<milliseconds>][+…]", [.noMedia]) { session, data in
            for run in runs(data, session) { session.queueKeys(run.keys, each: .milliseconds(run.milliseconds)) }
        },
        Application("flush_dtmf", [.noMedia]) { session, _ in session.flushDigits() },
    ]

    private static func runs(_ data: String, _ session: isolated Session) -> [KeyRun] {
        KeyRun.reading(data, lengths: session.softswitch.configuration.keyLengths)
    }

    private static func terminators(_ text: String?) -> Set<Character> {
        guard let text, text != "none" else { return [] }
        return text == "any" ? Set("0123456789*#") : Set(text)
    }

    /// Nobody presses a key sooner than that, whatever a dialplan says.
    private static let shortestTime = Duration.seconds(1)

    private static let read = Application(
        "read",
        syntax: "<min> <max> <file> <variable> <timeout> <terminators> [<digit timeout>]",
        []
    ) { session, data in
        let arguments = Arguments(data)
        guard let minimum = arguments.integer(0), let maximum = arguments.integer(1), maximum >= max(minimum, 1),
            let variable = arguments[3]
        else { throw ApplicationError("read needs min max file variable timeout terminators, not \"\(data)\"") }
        let timeout = max(arguments.milliseconds(4, default: .seconds(1)), shortestTime)
        try await session.playIfPossible(arguments[2], ending: .collecting)
        let collected = try await session.collectDigits(
            maximum: min(maximum, Session.digitLimit),
            timeout: timeout,
            digitTimeout: arguments.milliseconds(6, default: timeout),
            terminators: terminators(arguments[5])
        )
        let isEnough = collected.digits.count >= minimum
        session.setVariable(variable, collected.digits)
        session.setVariable("read_result", isEnough ? "success" : collected.digits.isEmpty ? "timeout" : "failure")
        session.setVariable("read_terminator_used", collected.terminator.map { String($0) })
    }

    private static let playAndGetDigits = Application(
        "play_and_get_digits",
        syntax: "<min> <max> <tries> <timeout> <terminators> <file> <invalid file> [<variable> <regexp> "
            + "[<digit timeout> ['<extension> [<dialplan> [<context>]]']]]",
        []
    ) { session, data in
        let arguments = Arguments(data)
        guard let minimum = arguments.integer(0), let maximum = arguments.integer(1), maximum >= max(minimum, 0),
            let tries = arguments.integer(2), tries > 0
        else { throw ApplicationError("play_and_get_digits needs min max tries …, not \"\(data)\"") }
        let timeout = max(arguments.milliseconds(3, default: .seconds(5)), shortestTime)
        let accepts = acceptance(arguments[8], session.logger)
        for _ in 0..<min(tries, 128) {
            try await session.playIfPossible(arguments[5], ending: .collecting)
            let collected = try await session.collectDigits(
                maximum: min(max(maximum, 1), Session.digitLimit),
                timeout: timeout,
                digitTimeout: arguments.milliseconds(9, default: timeout),
                terminators: terminators(arguments[4])
            )
            let digits = collected.digits
            if digits.count >= minimum, accepts(digits) {
                if let variable = arguments[7] { session.setVariable(variable, digits) }
                return
            }
            // A caller who pressed nothing afterwards does not take the wrong choice back.
            if let variable = arguments[7], !digits.isEmpty { session.setVariable("\(variable)_invalid", digits) }
            session.flushDigits()
            try await session.playIfPossible(arguments[6], ending: .none)
        }
        if let variable = arguments[7] { session.setVariable(variable, nil) }
        let target = Arguments(arguments[10] ?? "")
        if let destination = target[0] {
            session.transfer(to: destination, dialplan: target[1], context: target[2])
        }
    }

    /// What keys are right: those that the pattern is found in, or any without one.
    private static func acceptance(_ pattern: String?, _ logger: Logger) -> (String) -> Bool {
        guard let pattern else { return { _ in true } }
        do {
            let expression = try RegularExpression(expression: pattern)
            return { expression.matches($0) }
        } catch {
            // Nothing is right then: a slip of the pen must not let every number through.
            logger.error("play_and_get_digits: \(error)", metadata: ["pattern": "\(pattern)"])
            return { _ in false }
        }
    }
}

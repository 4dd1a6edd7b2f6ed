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

    private static let read = Application(
        "read",
        syntax: "<min> <max> [<file> [<variable> [<timeout> [<terminators> [<digit timeout>]]]]]",
        []
    ) { session, data in
        let arguments = Arguments(data)
        guard let minimum = arguments.integer(0) else {
            throw ApplicationError("read needs min max file variable timeout terminators, not \"\(data)\"")
        }
        let request = DigitRequest(
            arguments,
            minimum: max(minimum, 1),
            prompt: 2,
            variable: 3,
            timeout: 4,
            terminators: 5,
            digitTimeout: 6
        )
        _ = try await request.collect(on: session)
    }

    private static let playAndGetDigits = Application(
        "play_and_get_digits",
        syntax: "<min> <max> <tries> <timeout> <terminators> <file> <invalid file> [<variable> <regexp> "
            + "[<digit timeout> ['<extension> [<dialplan> [<context>]]']]]",
        []
    ) { session, data in
        let arguments = Arguments(data)
        guard let minimum = arguments.integer(0).map({ max($0, 0) }), let tries = arguments.integer(2) else {
            throw ApplicationError("play_and_get_digits needs min max tries …, not \"\(data)\"")
        }
        let request = DigitRequest(
            arguments,
            minimum: minimum,
            prompt: 5,
            variable: 7,
            timeout: 3,
            terminators: 4,
            digitTimeout: 9
        )
        let accepts = acceptance(arguments[8], session.logger)
        let variable = arguments[7]
        if let variable, arguments[8] != nil { session.setVariable("\(variable)_invalid", nil) }
        for _ in 0..<min(max(tries, 0), 128) {
            let (digits, terminator, outcome) = try await request.collect(on: session)
            if outcome == .left { return }
            // A terminator alone is an answer where no key is needed.
            if minimum == 0, digits.isEmpty, terminator != nil { return }
            if outcome != .insufficient, !digits.isEmpty {
                if accepts(digits) { return }
                if let variable {
                    session.setVariable(variable, nil)
                    session.setVariable("\(variable)_invalid", digits)
                }
            }
            try await session.playIfPossible(arguments[6], ending: .none)
        }
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

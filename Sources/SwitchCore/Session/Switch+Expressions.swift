import Base
import Logging

extension Switch {
    /// What stands in the place of a command where expressions run none.
    private static let denial = "<API Execute Permission Denied>"
    /// So much of a name that is not there gets into the log.
    private static let shownLength = 100

    /// Runs a command that an expression names, on behalf of a channel where there is one.
    ///
    /// With `api-expansion` off none is run, and a text of FreeSWITCH's says so.
    ///
    /// - Returns: What it says; `nil`, and now and then a word in the log, when there is no such command.
    func answer(toExpression name: String, _ arguments: String, for session: Session? = nil) async -> String? {
        guard configuration.runsCommandsInExpressions else { return Self.denial }
        guard let command = commands[name] else {
            noteMissing(command: name, for: session)
            return nil
        }
        return await command.answer(in: APIContext(self, session: session), arguments)
    }

    private func noteMissing(command name: String, for session: Session?) {
        guard let count = missingCommands.note(at: loops.first.now) else { return }
        (session?.logger ?? self.logger).warning(
            "no such command in an expression",
            metadata: ["command": "\(name.prefix(Self.shownLength))", "times": "\(count)"]
        )
    }
}

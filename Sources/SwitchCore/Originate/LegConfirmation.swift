import Base
import Logging

/// What a called party has to do before it has answered: `group_confirm_key` and its relatives.
struct LegConfirmation: Sendable, Equatable {
    /// The keys to press; or `exec`, which runs an application in their place.
    var key: String
    /// What is played, or the application to run with its data.
    var file: String?
    /// What is played after wrong keys.
    var errorFile: String?
    /// How long keys are waited for.
    var readTimeout: Duration
    /// How the leg's own limits change once it has to confirm.
    var limit: Limit

    enum Limit: Sendable, Equatable {
        /// As they were.
        case unchanged
        /// None any more.
        case none
        /// So long from then on.
        case extended(Duration)
    }

    /// The longest key.
    static let keyLimit = 32

    /// The confirmation that a leg's variables ask for; `nil` when it just answers.
    init?(_ variables: Variables) {
        guard let key = variables["group_confirm_key"] else { return nil }
        self.key = String(key.prefix(Self.keyLimit))
        file = variables["group_confirm_file"].flatMap { $0 == "undef" ? nil : $0 }
        errorFile = variables["group_confirm_error_file"].flatMap { $0 == "undef" ? nil : $0 }
        let milliseconds = variables["group_confirm_read_timeout"].flatMap { Int($0) } ?? 0
        readTimeout = .milliseconds(milliseconds > 0 ? min(milliseconds, 3_600_000) : 5000)
        if let seconds = variables["group_confirm_timeout"].flatMap({ Int($0) }) {
            limit = seconds > 0 ? .extended(.seconds(min(seconds, 86_400))) : .none
        } else {
            limit = variables["group_confirm_cancel_timeout"]?.isTrueSetting == true ? .none : .unchanged
        }
    }

    /// The variables that a leg does not pass on once it has confirmed.
    static let variableNames = [
        "group_confirm_key", "group_confirm_file", "group_confirm_error_file", "group_confirm_cancel_timeout",
        "group_confirm_read_timeout", "group_confirm_timeout",
    ]
}

extension Session {
    /// Asks the called party to confirm, for as long as it takes.
    ///
    /// - Returns: Whether it did; false when the channel ended, or was told to.
    func confirm(_ confirmation: LegConfirmation) async -> Bool {
        let isConfirmed = await ask(confirmation)
        guard isConfirmed, !isOver else { return false }
        for name in LegConfirmation.variableNames { setVariable(name, nil) }
        setVariable("group_dial_status", "winner")
        return true
    }

    private func ask(_ confirmation: LegConfirmation) async -> Bool {
        if confirmation.key.lowercased() == "exec" {
            let words = (confirmation.file ?? "").split(separator: " ", maxSplits: 1).map(String.init)
            guard let name = words.first else { return false }
            await execute(name, words.count > 1 ? words[1] : "")
            return !isOver && !Task.isCancelled
        }
        do {
            while !isOver {
                try await prompt(confirmation.file)
                let keys = try await collectDigits(
                    maximum: confirmation.key.count,
                    timeout: confirmation.readTimeout,
                    digitTimeout: confirmation.readTimeout,
                    terminators: []
                )
                if keys.digits == confirmation.key { return true }
                if let file = SoundChoice(confirmation.errorFile).name { try await play(file, terminators: []) }
            }
        } catch let error as ApplicationError {
            logger.error("\(error)")
            hangUp(.destinationOutOfOrder)
        } catch {}
        return false
    }

    /// Plays a prompt that any key ends; the key stays to be collected.
    private func prompt(_ file: String?) async throws {
        guard let file = SoundChoice(file).name, digits.isEmpty else { return }
        try await play(file, terminators: Session.allKeys, keepsTerminator: true)
    }
}

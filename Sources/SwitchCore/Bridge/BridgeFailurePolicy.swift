/// What follows for the caller when nobody was reached (`continue_on_fail`, `failure_causes`, `transfer_on_fail`).
enum BridgeFailurePolicy: Sendable, Equatable {
    /// The next action of the dialplan.
    case goOn
    /// The caller is sent elsewhere.
    case transfer(destination: String, dialplan: String?, context: String?)
    /// The caller is hung up with the cause.
    case hangUp

    /// The policy of a channel's variables for a cause.
    init(_ cause: HangupCause, _ variables: Variables) {
        self = Self.goesOn(after: cause, variables) ? .goOn : Self.transfer(cause, variables) ?? .hangUp
    }

    private static func goesOn(after cause: HangupCause, _ variables: Variables) -> Bool {
        // A call that was handed over is not tried elsewhere.
        if cause == .attendedTransfer { return false }
        let (continuing, failing) = (variables["continue_on_fail"], variables["failure_causes"])
        guard continuing != nil || failing != nil else {
            return [.noAnswer, .noUserResponse, .originatorCancel].contains(cause)
        }
        if let failing, !(CauseList(failing)?.contains(cause) ?? false) { return true }
        return continuing.flatMap { CauseList($0) }?.contains(cause) ?? false
    }

    /// `<causes>|true [<extension>|auto_cause [<dialplan> [<context>]]]`: `auto_cause` is the extension of its name.
    private static func transfer(_ cause: HangupCause, _ variables: Variables) -> BridgeFailurePolicy? {
        guard cause != .attendedTransfer, let text = variables["transfer_on_fail"] else { return nil }
        let words = text.split(separator: " ").map(String.init)
        guard let causes = words.first.flatMap({ CauseList($0) }), causes.contains(cause) else { return nil }
        let target = words.count > 1 ? words[1] : "auto_cause"
        return .transfer(
            destination: target.lowercased() == "auto_cause" ? cause.name : target,
            dialplan: words.count > 2 ? words[2] : nil,
            context: words.count > 3 ? words[3] : nil
        )
    }
}

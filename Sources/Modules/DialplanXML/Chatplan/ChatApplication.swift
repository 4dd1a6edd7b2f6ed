internal import SwitchCore

/// What the actions of a chatplan may be.
enum ChatApplication: String, CaseIterable {
    /// Writes the text's event to the log.
    case info
    /// Sends a text back to whom this one is from.
    case reply
    /// Ends the chatplan; the text goes to whom it is for.
    case stop
    /// Ends the chatplan, and the text goes nowhere.
    case finish = "final"
    /// Sets a header of the text's event.
    case set
    /// Removes one.
    case unset
    /// Sends the text as it is now.
    case send
    /// Fires the text's event.
    case fire
    /// Runs a program of the machine.
    case system

    /// Those of FreeSWITCH's other modules, which are not in this version.
    static let missing = ["javascript", "lua", "perl", "python", "smpp_send"]

    /// An application by its name, in any case.
    init(named name: String) throws(ApplicationError) {
        let folded = name.lowercased()
        if let known = ChatApplication(rawValue: folded) {
            self = known
        } else if Self.missing.contains(folded) {
            throw ApplicationError("not in this version: the chat application \(folded)")
        } else {
            throw ApplicationError("there is no chat application \(name.prefix(100))")
        }
    }
}

public import Base

/// What a typed line asks for.
///
/// A line with a slash is for the console itself, as in `fs_cli`; everything else is a command of the switch.
public enum ConsoleInput: Equatable, Sendable {
    /// Nothing was typed.
    case nothing
    /// A command of the switch.
    case command(String)
    /// A request that goes to the event socket as it is (`event plain ALL`, `filter …`, `nolog`).
    case request(String)
    /// Shows log lines down to a level.
    case log(LogLevel)
    /// Shows log lines of one channel only; of all again without one.
    case channel(String?)
    /// Shows log lines that contain a text only; all again without one.
    case containing(String?)
    /// Shows the list of commands with a slash.
    case help
    /// Ends the console.
    case quit
    /// Ends what the console belongs to: the switch where it is the switch's own, else itself, as in `fs_cli`.
    case end
    /// The line is not understood; the text says why.
    case invalid(String)

    /// Reads a line.
    public init(_ line: String) {
        let line = line.drop { $0 == " " || $0 == "\t" }
        guard line.first == "/" else {
            switch line.lowercased() {
            case "": self = .nothing
            case "exit", "quit", "bye": self = .quit
            case "...": self = .end
            case "shutdown": self = .command("fsctl shutdown")
            default: self = .command(String(line))
            }
            return
        }
        let parts = line.dropFirst().split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        let argument = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : nil
        self.init(word: parts.first?.lowercased() ?? "", argument: argument)
    }

    private init(word: String, argument: String?) {
        switch word {
        case "exit", "quit", "bye": self = .quit
        case "help": self = .help
        case "event", "nixevent", "filter":
            self = argument.map { .request("\(word) \($0)") } ?? .invalid("/\(word) needs an argument")
        case "noevents", "nolog": self = .request(word)
        case "log":
            guard let argument else {
                self = .log(.debug)
                return
            }
            self = LogLevel(argument).map { .log($0) } ?? .invalid("\(argument) is no log level")
        case "uuid": self = .channel(argument)
        case "logfilter": self = .containing(argument)
        default: self = .invalid("unknown command /\(word); /help lists the commands")
        }
    }

    /// What `/help` prints.
    static let helpText = """
        /log [level]        show log lines: debug, info, notice, warning, err, crit, alert, console, or 7 to 0
        /nolog              show no log lines
        /uuid [uuid]        log lines of one channel only; without an argument of all again
        /logfilter [text]   log lines that contain a text only; without an argument all again
        /event plain|json|xml NAME… | ALL [CUSTOM SUBCLASS…]
                            show events
        /nixevent NAME…     show some events no more
        /noevents           show no events
        /filter HEADER VALUE, /filter delete HEADER
                            show events with that header only
        /help               this list
        /bye, /exit, /quit  end the console; the switch goes on
        ...                 the same; in the foreground of the switch, end that
        fsctl shutdown      end the switch
        everything else     a command of the switch; "help" and the tabulator key list them

        """
}

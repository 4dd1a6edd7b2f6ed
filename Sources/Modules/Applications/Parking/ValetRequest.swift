import SwitchCore

/// What `valet_park` is asked for.
enum ValetRequest: Equatable {
    /// A certain place: parks there, or takes who is parked there.
    case place(String)
    /// The first free place of a range.
    case park(ClosedRange<Int>)
    /// Whoever of a range has waited longest.
    case retrieve(ClosedRange<Int>)
    /// A place that the caller enters.
    case ask(minimum: Int, maximum: Int, timeout: Duration, prompt: String)

    static let syntax = "<lot> <extension>|auto in|out <min> <max>|ask [<min>] [<max>] [<timeout>] [<prompt>]"

    /// Reads what follows the lot; `nil` when it makes no sense.
    ///
    /// - Parameter variable: The channel's variables, which say what `ask` leaves out.
    init?(_ words: Arguments, variable: (String) -> String?) {
        switch words[1]?.lowercased() {
        case nil: return nil
        case "auto"?:
            guard let minimum = words.integer(3), let maximum = words.integer(4), minimum <= maximum else { return nil }
            switch words[2]?.lowercased() {
            case "in"?: self = .park(minimum...maximum)
            case "out"?: self = .retrieve(minimum...maximum)
            default: return nil
            }
        case "ask"?:
            func number(_ index: Int, _ name: String, _ fallback: Int) -> Int {
                let number = words.integer(index) ?? variable(name).flatMap { Int($0) }
                return number.flatMap { $0 > 0 ? $0 : nil } ?? fallback
            }
            let minimum = number(2, "valet_ext_min", 1)
            self = .ask(
                minimum: minimum,
                maximum: min(max(number(3, "valet_ext_max", 11), minimum), Session.digitLimit),
                timeout: .milliseconds(min(number(4, "valet_ext_to", 10_000), 3_600_000)),
                prompt: words[5] ?? variable("valet_ext_prompt") ?? "ivr/ivr-enter_ext_pound.wav"
            )
        case let place?:
            self = .place(words[1] ?? place)
        }
    }
}

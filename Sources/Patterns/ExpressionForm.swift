/// The three ways in which a dialplan writes an expression.
///
/// - `/re/flags`: flags `i` (no case), `s` (dot matches line ends), `m` (anchors at lines), `x` (blanks do not count).
/// - `_pattern`: Asterisk's, with `N` = 2–9, `X` = 0–9, `Z` = 1–9, `.` = anything; anchored at both ends.
/// - otherwise a bare expression, not anchored: `1000` is found in `x10005`. An empty one is found everywhere.
struct ExpressionForm {
    var pattern: String
    var options: RegularExpression.Options = []

    /// Takes an expression apart; nil when it begins with `/` and has no second one.
    init?(_ expression: String) {
        switch expression.utf8.first {
        case UInt8(ascii: "_"):
            pattern = Self.expression(ofPattern: expression.dropFirst())
        case UInt8(ascii: "/"):
            let body = expression.dropFirst()
            guard let slash = body.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
            pattern = String(body[..<slash])
            for flag in body[slash...].utf8 {
                switch flag {
                case UInt8(ascii: "i"): options.insert(.caseless)
                case UInt8(ascii: "s"): options.insert(.dotMatchesAll)
                case UInt8(ascii: "m"): options.insert(.multiline)
                case UInt8(ascii: "x"): options.insert(.extended)
                default: break
                }
            }
        default:
            pattern = expression
        }
    }

    private static func expression(ofPattern pattern: Substring) -> String {
        var output = "^"
        for character in pattern {
            switch character {
            case "N": output += "[2-9]"
            case "X": output += "[0-9]"
            case "Z": output += "[1-9]"
            case ".": output += ".*"
            default: output.append(character)
            }
        }
        return output + "$"
    }
}

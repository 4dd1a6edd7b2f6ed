/// Prometheus's text format, version 0.0.4.
public enum ExpositionText {
    /// The content type of the format.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The families as text; one without a value is left out.
    public static func write(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families where !family.samples.isEmpty {
            let name = family.kind == .counter ? family.name + "_total" : family.name
            text += "# HELP \(name) \(escape(family.help, quotes: false))\n# TYPE \(name) \(family.kind.rawValue)\n"
            for sample in family.samples {
                text += name
                if !sample.labels.isEmpty {
                    let labels = sample.labels.map { "\($0.name)=\"\(escape($0.value, quotes: true))\"" }
                    text += "{\(labels.joined(separator: ","))}"
                }
                text += " \(number(sample.value))\n"
            }
        }
        return text
    }

    /// Whole numbers are written as such, as far as a `Double` holds them exactly.
    public static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value.magnitude < 0x1p53, let whole = Int64(exactly: value) { return String(whole) }
        return "\(value)"
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\"" where quotes: output += "\\\""
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}

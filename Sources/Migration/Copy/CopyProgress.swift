import Base

/// How far a copy is, as those who wait for it read it.
public struct CopyProgress: Sendable, Hashable {
    /// The table that is being copied.
    public var table = ""
    /// How many rows the target has of all tables.
    public var rows: Int64 = 0
    /// How many rows there are.
    public var total: Int64 = 0
    /// How many of the rows had been copied before, by a copy that was cut off.
    public var earlier: Int64 = 0

    /// Where nothing is copied yet.
    public init() {}

    /// The part that is done, from 0 to 1.
    public var fraction: Double { total > 0 ? min(Double(rows) / Double(total), 1) : 1 }

    /// A line without a bar: `41,250 of 120,000 rows (34 %), 8,250 rows/s, 10 s left: v_xml_cdr`.
    public func line(after elapsed: Duration) -> String {
        let seconds = Double(elapsed.wholeNanoseconds) / 1e9
        let speed = seconds > 0 ? Double(rows - earlier) / seconds : 0
        var parts = [
            "\(Self.grouped(rows)) of \(Self.grouped(total)) rows (\(Int(fraction * 100)) %)",
            "\(Self.grouped(Int64(speed))) rows/s",
        ]
        if speed >= 1, rows < total { parts.append(Self.time(Double(total - rows) / speed) + " left") }
        return parts.joined(separator: ", ") + (table.isEmpty ? "" : ": \(table)")
    }

    /// The line with a bar before it, for a terminal.
    public func bar(after elapsed: Duration) -> String {
        let done = Int(fraction * Double(Self.width))
        let bar = String(repeating: "#", count: done) + String(repeating: "-", count: Self.width - done)
        return "[\(bar)] \(line(after: elapsed))"
    }

    private static let width = 24

    /// A number with a comma after every third digit from the right.
    static func grouped(_ number: Int64) -> String {
        let digits = String(max(number, 0))
        return digits.enumerated().map { index, digit in
            let isStart = index > 0 && (digits.count - index).isMultiple(of: 3)
            return isStart ? ",\(digit)" : String(digit)
        }.joined()
    }

    private static func time(_ seconds: Double) -> String {
        let whole = Int64(seconds.rounded(.up))
        return switch whole {
        case ..<90: "\(whole) s"
        case ..<5400: "\(whole / 60) min"
        default: "\(whole / 3600) h \(whole % 3600 / 60) min"
        }
    }
}

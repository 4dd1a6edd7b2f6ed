/// The name of a version that did not prevail, beside the file: `name.conflict-NODE-YYYYMMDD-HHMMSS-NUMBER`.
///
/// The node is the one that made the version, the time (UTC) when it did, and the number the counter of its dot in
/// hexadecimal: so all nodes that keep the same version give it the same name, and no two versions have one.
public enum ConflictName {
    private static let mark = Array(".conflict-".utf8)

    /// Whether a name looks like one.
    public static func isOne(_ name: [UInt8]) -> Bool {
        name.indices.contains { name[$0...].starts(with: mark) }
    }

    /// How many bytes of a node's name are in it.
    private static let longestNode = 32

    static func path(for version: FileVersion, at path: TreePath, nodeName: String?) -> TreePath? {
        var node = (nodeName ?? String(version.dot.node.number, radix: 16)).utf8.prefix(longestNode).map { byte in
            isPlain(byte) ? byte : UInt8(ascii: "_")
        }
        if node.isEmpty { node = Array("node".utf8) }
        let counter = String(version.dot.counter, radix: 16)
        let suffix = mark + node + Array("-\(time(version.metadata.modified))-\(counter)".utf8)
        let name = path.name.prefix(max(0, TreePath.longestName - suffix.count)) + suffix
        return try? path.parent?.appending(Array(name))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Date and time in UTC; the civil calendar from the number of days, in years that begin in March.
    private static func time(_ nanoseconds: Int64) -> String {
        let seconds = Int(nanoseconds / 1_000_000_000) - (nanoseconds % 1_000_000_000 < 0 ? 1 : 0)
        let (days, second) = (floorDivide(seconds, 86_400), seconds - floorDivide(seconds, 86_400) * 86_400)
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        return padded(year, 4) + padded(month < 10 ? month + 3 : month - 9, 2) + padded(day, 2) + "-"
            + padded(second / 3600, 2) + padded(second / 60 % 60, 2) + padded(second % 60, 2)
    }

    private static func floorDivide(_ value: Int, _ by: Int) -> Int {
        value >= 0 ? value / by : (value - by + 1) / by
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}

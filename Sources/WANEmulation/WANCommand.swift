public import Base

/// What may be said to an emulator while it runs; one line each.
///
///     node NAME DEVICE PREFIX…        a node behind a device of its own
///     path FROM TO KEY=VALUE…         one direction
///     link ONE OTHER KEY=VALUE…       both directions
///     show [FROM [TO]]                conditions and figures
///
/// `*` is every node. Keys that are not given stay as they are: `delay`, `jitter` and `hold` in milliseconds, `loss` and
/// `reorder` in percent, `burst` in packets (0: each by itself), `rate` in kilobits a second (0: no limit), `queue` in bytes.
public enum WANCommand: Hashable, Sendable {
    /// A node, the device that its packets come from, and its networks.
    case node(String, device: String, [IPPrefix])
    /// Conditions of one direction or of both.
    case path(from: String, to: String, isBothWays: Bool, [Change])
    /// What is and what was.
    case show(from: String, to: String)

    /// One of the conditions, and what it becomes.
    public struct Change: Hashable, Sendable {
        let key: String
        let value: Double
    }

    /// Why a command is none.
    public struct Fault: Error, Hashable, CustomStringConvertible {
        /// What is wrong.
        public let description: String
    }

    /// How long a line may be, in bytes.
    public static let maximumLength = 4096
    /// How long the name of a device may be, in bytes (`IFNAMSIZ` without its zero).
    public static let longestDevice = 15
    /// The largest numbers that mean something.
    private static let limits: [String: ClosedRange<Double>] = [
        "delay": 0...60_000, "jitter": 0...60_000, "hold": 0...60_000, "loss": 0...100, "reorder": 0...100,
        "burst": 0...10_000, "rate": 0...100_000_000, "queue": 0...1_000_000_000,
    ]

    /// Reads a line.
    public init(_ line: String) throws(Fault) {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        switch (words.first ?? "", words.count) {
        case ("node", 4...):
            guard words[2].utf8.count <= Self.longestDevice else { throw Fault(description: "\(words[2]) is too long") }
            let prefixes = words[3...].compactMap { IPPrefix($0) }
            guard prefixes.count == words.count - 3, prefixes.count <= WANEmulator.maximumPrefixes else {
                throw Fault(description: "not all of these are networks, or they are too many")
            }
            self = .node(words[1], device: words[2], prefixes)
        case ("path", 4...), ("link", 4...):
            let changes = try Self.changes(words[3...])
            self = .path(from: words[1], to: words[2], isBothWays: words[0] == "link", changes)
        case ("show", 1...3):
            self = .show(from: words.count > 1 ? words[1] : "*", to: words.count > 2 ? words[2] : "*")
        default:
            throw Fault(description: "expected node, path, link or show, with what belongs to it")
        }
    }

    private static func changes(_ words: some Collection<String>) throws(Fault) -> [Change] {
        var changes: [Change] = []
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let limits = limits[String(parts[0])] else {
                throw Fault(description: "\(word) is no condition")
            }
            guard let value = Double(parts[1]), limits.contains(value) else {
                throw Fault(description: "\(parts[0]) is \(parts[1]), expected a number up to \(limits.upperBound)")
            }
            changes.append(Change(key: String(parts[0]), value: value))
        }
        return changes
    }
}

extension WANConditions {
    /// Makes one of the conditions another.
    mutating func apply(_ change: WANCommand.Change) {
        let (value, time) = (change.value, Duration.microseconds(Int64(change.value * 1000)))
        switch change.key {
        case "delay": delay = time
        case "jitter": jitter = time
        case "hold": hold = time
        case "loss": loss = value / 100
        case "reorder": reorder = value / 100
        case "burst": burst = value > 0 ? max(1, value) : nil
        case "rate": rate = value > 0 ? Int64(value * 1000) : nil
        default: queue = Int(value)
        }
    }

    /// As ``apply(_:)`` reads them.
    var text: String {
        func milliseconds(_ time: Duration) -> String { (time / .milliseconds(1)).text(places: 3) }
        return "delay=\(milliseconds(delay)) jitter=\(milliseconds(jitter)) loss=\((loss * 100).text(places: 3)) "
            + "burst=\((burst ?? 0).text(places: 1)) rate=\((rate ?? 0) / 1000) queue=\(queue) "
            + "reorder=\((reorder * 100).text(places: 3)) hold=\(milliseconds(hold))"
    }
}

extension WANEmulator {
    /// Carries out what needs no device: ``WANCommand/path(from:to:isBothWays:_:)`` and ``WANCommand/show(from:to:)``.
    ///
    /// - Returns: Lines, the last of which begins with `+OK` or `-ERR`.
    public mutating func carryOut(_ command: WANCommand, at now: MonotonicInstant) -> String {
        switch command {
        case .node: return "-ERR there is no device\n"
        case .path(let from, let to, let isBothWays, let changes):
            let pairs = pairs(from, to)
            guard !pairs.isEmpty else { return "-ERR there are no such nodes\n" }
            for (one, other) in pairs {
                change(from: one, to: other, changes, at: now)
                if isBothWays { change(from: other, to: one, changes, at: now) }
            }
            return "+OK\n"
        case .show(let from, let to):
            let pairs = pairs(from, to)
            guard !pairs.isEmpty else { return "-ERR there are no such nodes\n" }
            let lines = pairs.compactMap { pair -> String? in
                guard let direction = direction(from: pair.from, to: pair.to) else { return nil }
                let figures = direction.figures
                return " \(nodes[pair.from].name) \(nodes[pair.to].name) \(direction.conditions.text) "
                    + "entered=\(figures.entered) lost=\(figures.lost) dropped=\(figures.dropped) "
                    + "departed=\(figures.departed) bytes=\(figures.departedBytes)\n"
            }
            return lines.joined() + "+OK strays=\(strays)\n"
        }
    }

    private mutating func change(from: Int, to: Int, _ changes: [WANCommand.Change], at now: MonotonicInstant) {
        guard var conditions = direction(from: from, to: to)?.conditions else { return }
        for change in changes { conditions.apply(change) }
        set(conditions, from: from, to: to, at: now)
    }

    /// The nodes that two names mean, without those from a node to itself.
    private func pairs(_ from: String, _ to: String) -> [(from: Int, to: Int)] {
        let ends = [from, to].map { name in nodes.indices.filter { name == "*" || nodes[$0].name == name } }
        return ends[0].flatMap { one in ends[1].filter { $0 != one }.map { (one, $0) } }
    }
}

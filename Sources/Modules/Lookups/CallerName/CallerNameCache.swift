import Base
import SwitchCore
import Synchronization

/// Keeps what a web server has said: in memcached, under FreeSWITCH's keys, where the switch has the command `memcache`,
/// and in memory where it does not.
final class CallerNameCache: Sendable {
    /// What memcached knows of a number, each under a key of its own.
    private enum Part: String {
        case name, area, src
    }

    private let softswitch: Switch
    private let seconds: Int
    private let memory = Mutex(CallerNameTable())

    /// - Parameter seconds: For how long names are kept; 0 for as long as there is room.
    init(_ softswitch: Switch, seconds: Int) {
        (self.softswitch, self.seconds) = (softswitch, seconds)
    }

    private var hasServers: Bool { softswitch.commands["memcache"] != nil }
    private var now: MonotonicInstant { softswitch.loops.first.now }

    /// What is kept of a number.
    func name(of number: String) async -> CallerName? {
        guard hasServers else {
            let now = now
            return memory.withLock { $0.name(of: number, at: now) }
        }
        guard let name = await text(.name, of: number) else { return nil }
        let area = await text(.area, of: number) ?? CallerName.unknown
        return CallerName(name: name, area: area, source: await text(.src, of: number) ?? CallerName.unknown)
    }

    /// Keeps a name.
    func keep(_ name: CallerName, of number: String) async {
        guard hasServers else {
            let now = now
            let end = seconds == 0 ? MonotonicInstant.distantFuture : now + .seconds(seconds)
            return memory.withLock { $0.keep(name, of: number, until: end, at: now) }
        }
        for (part, text) in [(Part.name, name.name), (.area, name.area), (.src, name.source)] {
            let words = "\(Self.key(part, number)) \(Self.quoted(text)) \(seconds)"
            let answer = await softswitch.execute(command: "memcache set \(words)")
            // A server that is away is not asked twice more.
            guard !answer.hasPrefix("-ERR") else { return }
        }
    }

    /// Whoever can write there is not this switch alone: it is somebody else's text.
    private func text(_ part: Part, of number: String) async -> String? {
        let text = await softswitch.execute(command: "memcache get \(Self.key(part, number))")
        return text.hasPrefix("-ERR") ? nil : CallerName.name(in: text)
    }

    private static func key(_ part: Part, _ number: String) -> String { "fs:cidlookup:\(part.rawValue):\(number)" }

    /// One word of a command line, whatever is in it.
    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}

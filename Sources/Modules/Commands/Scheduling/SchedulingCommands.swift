import Base
import Logging
import SwitchCore

/// Commands that are run later.
enum SchedulingCommands {
    static let all: [APICommand] = [
        APICommand("sched_api", syntax: apiSyntax, summary: "runs a command later, or again and again") {
            context,
            text in
            schedule(text, context.softswitch) ?? "-ERR Invalid syntax. USAGE: \(apiSyntax)\n"
        },
        APICommand("sched_del", syntax: "<task_id>|<group_id>", summary: "takes scheduled tasks out") {
            context,
            text in
            guard !text.isEmpty else { return "-ERR Invalid syntax\n" }
            let scheduler = context.softswitch.scheduler
            if text.utf8.allSatisfy({ $0.decimalDigit != nil }) {
                let isRemoved = UInt32(text).map { scheduler.remove(id: $0) } ?? false
                return "+OK Deleted: \(isRemoved ? 1 : 0)\n"
            }
            return "+OK Deleted: \(scheduler.removeAll(of: text))\n"
        },
        APICommand("unsched_api", syntax: "<task_id>", summary: "takes a scheduled command out") { context, text in
            guard let id = UInt32(text) else { return "-ERR Invalid syntax. USAGE: <task_id>\n" }
            return context.softswitch.scheduler.remove(id: id) ? CommandText.done : "-ERR No such id\n"
        },
    ]

    private static let apiSyntax = "[+@]<time> <group_name> <command_string>[&]"

    private static func schedule(_ text: String, _ softswitch: Switch) -> String? {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty, !parts[2].isEmpty else { return nil }
        let time = ScheduledTime(parts[0], now: softswitch.wallClock() / 1_000_000)
        // `&` asks for a thread of its own, which every task has here.
        let line = parts[2].hasSuffix("&") ? String(parts[2].dropLast()) : parts[2]
        let id = softswitch.scheduler.add(
            at: time.due,
            every: time.interval,
            summary: "sched_api_function",
            group: parts[1]
        ) { [weak softswitch] in
            guard let softswitch else { return }
            let answer = await softswitch.execute(command: line)
            softswitch.logger.debug("scheduled command", metadata: ["command": "\(line)", "answer": "\(answer)"])
        }
        return id.map { "+OK Added: \($0)\n" } ?? "-ERR too many tasks\n"
    }
}

import Glibc
import MediaEngine
import SwitchCore
import Synchronization
import XMLConfig

/// Programs of the machine, when the command line allows them; its files and its environment.
enum ShellCommands {
    static func all(_ control: ProgramControl, _ threads: BlockingPool) -> [APICommand] {
        [
            shell("system", summary: "runs a shell command and gives what it prints", control) { command in
                await output(of: command, threads)
            },
            shell("bg_system", summary: "runs a shell command in the background", control) { command in
                Task { _ = await output(of: command, threads) }
                return CommandText.done
            },
            shell("spawn", summary: "runs a shell command and forgets what it prints", control) { command in
                let answer = await output(of: command, threads)
                return answer.hasPrefix("-ERR ") ? answer : CommandText.done
            },
            shell("bg_spawn", summary: "runs a shell command in the background", control) { command in
                Task { _ = await output(of: command, threads) }
                return CommandText.done
            },
            shell("spawn_stream", summary: "runs a shell command and gives what it prints", control) { command in
                await output(of: command, threads)
            },
            APICommand("getenv", syntax: "<name>", summary: "a variable of the program's environment") { _, name in
                getenv(name).map { String(cString: $0) } ?? "_undef_"
            },
            APICommand("file_exists", syntax: "<file>", summary: "whether a file exists") { _, path in
                String(!path.isEmpty && access(path, F_OK) == 0)
            },
            processorTime(),
        ]
    }

    /// The processor time since the start, or since somebody has set it back.
    private static func processorTime() -> APICommand {
        let start = ProcessorTimeMark()
        return APICommand("getcputime", syntax: "[reset]", summary: "the program's processor time in milliseconds") {
            _,
            text in
            var usage = rusage()
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            let (user, system) = (milliseconds(usage.ru_utime), milliseconds(usage.ru_stime))
            let since = start.take(user, system, setsBack: text.hasPrefix("reset"))
            return "\(user - since.user), \(system - since.system)"
        }
    }

    private static func shell(
        _ name: String,
        summary: String,
        _ control: ProgramControl,
        _ body: @escaping @Sendable (String) async -> String
    ) -> APICommand {
        APICommand(name, syntax: "<command>", summary: summary) { _, command in
            guard !command.isEmpty else { return CommandText.usage("<command>") }
            guard control.allowsShell else { return "-ERR shell commands need --allow-exec on the command line\n" }
            return await body(command)
        }
    }

    private static func output(of command: String, _ threads: BlockingPool) async -> String {
        guard let outcome = await threads.run({ ShellCommand.run(command) }) else {
            return "-ERR too many shell commands are running\n"
        }
        guard let outcome else { return "-ERR the command could not be started\n" }
        return String(decoding: outcome.output, as: UTF8.self)
    }

    /// Reads seconds and microseconds by their places: which module their names come from depends on the order in which
    /// the compiler met the headers, so a clean build may not find them.
    private static func milliseconds(_ time: timeval) -> Int {
        withUnsafeBytes(of: time) { bytes in
            let fields = bytes.bindMemory(to: Int.self)
            return fields[0] * 1000 + fields[1] / 1000
        }
    }
}

/// From when on `getcputime` counts, in milliseconds.
private final class ProcessorTimeMark: Sendable {
    private let mark = Mutex((user: 0, system: 0))

    /// The mark; the next one is now when it is set back.
    func take(_ user: Int, _ system: Int, setsBack: Bool) -> (user: Int, system: Int) {
        mark.withLock { mark in
            defer { if setsBack { mark = (user, system) } }
            return mark
        }
    }
}

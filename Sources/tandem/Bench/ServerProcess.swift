import Base
import Glibc
import XMLConfig

/// A server that a benchmark starts, and ends with itself.
final class ServerProcess {
    private let identifier: pid_t

    /// Starts a program; what it says is left aside.
    ///
    /// - Parameter words: Its path, and its arguments.
    init?(_ words: [String]) {
        guard let path = words.first else { return nil }
        var actions = posix_spawn_file_actions_t()
        guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        arguments.append(nil)
        var started = pid_t()
        guard posix_spawn(&started, path, &actions, nil, arguments, environ) == 0 else { return nil }
        identifier = started
    }

    deinit {
        kill(identifier, SIGKILL)
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    }

    /// The processor time that it has used, in seconds.
    var processorTime: Double {
        guard let bytes = try? LocalFiles().contents(of: "/proc/\(identifier)/stat", limit: 4096) else { return 0 }
        // Its name may have blanks, and stands in brackets.
        let text = String(decoding: bytes, as: UTF8.self)
        let words = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard words.count > 13, let user = Double(words[12]), let system = Double(words[13]) else { return 0 }
        return (user + system) / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    /// Where a program is; `nil` when it is not installed.
    static func path(of program: String) -> String? {
        ["/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"].map { $0 + program }
            .first { access($0, X_OK) == 0 }
    }
}

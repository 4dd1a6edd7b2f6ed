import Glibc

/// Runs the shell commands of `exec` and `exec-set` directives.
public enum ShellCommand {
    /// What a command printed and how it ended.
    public struct Outcome: Hashable, Sendable {
        /// The standard output.
        public let output: [UInt8]
        /// Whether it exited with status 0.
        public let isSuccess: Bool

        /// An outcome.
        public init(output: [UInt8], isSuccess: Bool) {
            (self.output, self.isSuccess) = (output, isSuccess)
        }
    }

    /// How much a command may print; it is ended when it prints more.
    public static let maximumOutputBytes = 1 << 20
    /// How long a command may take; it is ended when it takes longer.
    public static let timeout = Duration.seconds(30)

    /// Runs a command with `/bin/sh -c`, nothing to read, errors to this process's own standard error.
    ///
    /// - Returns: `nil` when it could not be started.
    public static func run(_ command: String) -> Outcome? {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        let (reading, writing) = (ends[0], ends[1])
        _ = fcntl(reading, F_SETFD, FD_CLOEXEC)
        _ = fcntl(writing, F_SETFD, FD_CLOEXEC)
        defer { _ = close(reading) }
        let child = spawn(command, output: writing)
        _ = close(writing)
        guard let child else { return nil }
        let (output, isComplete) = readAll(from: reading)
        // The command has a process group of its own, so that what it started ends with it.
        if !isComplete { _ = kill(-child, SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
        return Outcome(output: output, isSuccess: isComplete && status == 0)
    }

    private static func spawn(_ command: String, output: Int32) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard unsafe posix_spawn_file_actions_init(&actions) == 0 else { return nil }
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        guard unsafe posix_spawnattr_init(&attributes) == 0 else { return nil }
        defer { _ = unsafe posix_spawnattr_destroy(&attributes) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let words: [String] = ["sh", "-c", command]
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { word in unsafe strdup(word) }
        unsafe arguments.append(nil)
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var child: pid_t = 0
        let result = unsafe posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments, environ)
        return result == 0 ? child : nil
    }

    private static func readAll(from descriptor: Int32) -> (output: [UInt8], isComplete: Bool) {
        let deadline = ContinuousClock.now + timeout
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let remaining = (deadline - ContinuousClock.now).components
            guard remaining.seconds >= 0, remaining.attoseconds >= 0 else { return (output, false) }
            let milliseconds = remaining.seconds * 1000 + remaining.attoseconds / 1_000_000_000_000_000 + 1
            var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&question, 1, Int32(clamping: milliseconds))
            if ready < 0, errno != EINTR { return (output, false) }
            guard ready > 0 else { continue }
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count == 0 { return (output, true) }
            if count < 0 {
                if errno == EINTR { continue }
                return (output, false)
            }
            output += chunk[..<count]
            guard output.count <= maximumOutputBytes else { return (output, false) }
        }
    }
}

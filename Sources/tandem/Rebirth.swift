import Glibc
import Synchronization

/// The program in place of itself: what `fsctl shutdown restart` asks for once everything has ended in good order.
///
/// The process stays the same, so whatever watches it (systemd, a shell) sees no end. The file of the program is looked up
/// anew: an upgrade that replaced it is what begins.
final class Rebirth: Sendable {
    private let wanted = Atomic<Bool>(false)

    /// Asks for it, before the program is told to end.
    func ask() { wanted.store(true, ordering: .releasing) }

    /// Whether it was asked for.
    var isWanted: Bool { wanted.load(ordering: .acquiring) }

    /// Begins the program anew with the same arguments and the same environment; comes back only where that fails.
    ///
    /// - Returns: The error of the system.
    static func begin() -> Int32 {
        keepNothingOpen()
        // Signals that are ignored stay so for the next one, and so do those that are blocked.
        for name in [SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGPIPE, SIGTTIN, SIGTTOU] { signal(name, SIG_DFL) }
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
        arguments.append(nil)
        execv(path, &arguments)
        return errno
    }

    /// Where the program is; its name has an addition where its file was replaced.
    private static var path: String {
        let own = "/proc/self/exe"
        let mark = " (deleted)"
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(own, &buffer, buffer.count - 1)
        guard count > 0 else { return own }
        let found = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard found.hasSuffix(mark) else { return found }
        let replaced = String(found.dropLast(mark.count))
        return access(replaced, X_OK) == 0 ? replaced : own
    }

    /// Sockets and files that a library opened are not for the next one.
    private static func keepNothingOpen() {
        // The limit may be a thousand million, where nobody has set a lower one: only those that are open are looked at.
        // Where they are not listed, neither is there the program's own file to begin with.
        guard let directory = opendir("/proc/self/fd") else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let descriptor = Int32(name), descriptor > STDERR_FILENO else { continue }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }
}

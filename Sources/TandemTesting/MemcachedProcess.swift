import Glibc

/// Something on a port of loopback, for as long as there is the object.
public protocol LoopbackServer: AnyObject {
    /// The port.
    var port: UInt16 { get }
}

// @unchecked: a test uses it from one task.
/// A memcached server of a test's own, on loopback, that can be killed and frozen.
public final class MemcachedProcess: LoopbackServer, @unchecked Sendable {
    /// How many files and sockets the tests may have open.
    private static let descriptors: Int32 = 8192
    private static let path = "/usr/bin/memcached"

    /// Whether the server is installed.
    public static var isInstalled: Bool { access(path, X_OK) == 0 }

    /// It did not start.
    public struct Fault: Error {
        /// What failed.
        public let description: String
    }

    /// Where it listens, on 127.0.0.1.
    public let port: UInt16
    private var process: pid_t = 0
    private let users: String?
    private let sasl: SASLUsers?

    /// Starts one.
    ///
    /// - Parameters:
    ///   - users: A file with those whom it takes, `user:password` in each line; everybody without one.
    ///   - sasl: Those whom it takes by SASL.
    public init(port: UInt16? = nil, users: String? = nil, sasl: SASLUsers? = nil) throws {
        self.port = port ?? Self.freePort()
        (self.users, self.sasl) = (users, sasl)
        try start()
    }

    deinit { stop() }

    /// Starts it again after ``stop()``, with nothing in it.
    public func start() throws {
        let shown = (users.map { ["-Y", $0] } ?? []) + (sasl == nil ? [] : ["-S"])
        let user = (getuid() == 0 ? ["-u", "nobody"] : []) + shown
        let words = [Self.path, "-l", "127.0.0.1", "-p", "\(port)", "-U", "0", "-m", "64", "-t", "1"] + user
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let settings = sasl.map { ["SASL_CONF_PATH=\($0.directory.path)"] } ?? []
        var environment: [UnsafeMutablePointer<CChar>?] = settings.map { strdup($0) } + [nil]
        defer { for text in arguments + environment { free(text) } }
        // It must not hold the ports of other tests, which end before it does.
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        for descriptor in 3..<Self.descriptors { posix_spawn_file_actions_addclose(&actions, descriptor) }
        defer { posix_spawn_file_actions_destroy(&actions) }
        guard posix_spawn(&process, Self.path, &actions, nil, &arguments, &environment) == 0 else {
            throw Fault(description: "cannot start \(Self.path)")
        }
        for _ in 0..<1000 where !accepts() { usleep(10_000) }
        guard accepts() else { throw Fault(description: "memcached does not listen on port \(port)") }
    }

    /// Kills it.
    public func stop() {
        guard process > 0 else { return }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
        process = 0
    }

    /// Stops it as it is: it takes connections and says nothing.
    public func freeze() {
        kill(process, SIGSTOP)
        var status: Int32 = 0
        waitpid(process, &status, WUNTRACED)
    }

    /// Lets it go on.
    public func thaw() {
        kill(process, SIGCONT)
    }

    /// For how many seconds an item lasts that has an end; `nil` for one that is not there, and one without an end.
    public func secondsLeft(of key: String) -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        guard connectToLoopback(descriptor, port: port) == 0 else { return nil }
        let question = Array("mg \(key) t\r\n".utf8)
        guard write(descriptor, question, question.count) == question.count else { return nil }
        var answer = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &answer, answer.count)
        let words = String(decoding: answer.prefix(max(count, 0)), as: UTF8.self)
            .split { $0 == " " || $0.isNewline }
        return words.last { $0.hasPrefix("t") }.flatMap { Int($0.dropFirst()) }
    }

    private func accepts() -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return connectToLoopback(descriptor, port: port) == 0
    }

    private static func freePort() -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return bindToLoopback(descriptor)
    }
}

/// A port on loopback that answers no attempt to connect, as a machine does that is switched off.
public final class BlackHole: LoopbackServer, Sendable {
    /// The port.
    public let port: UInt16
    private let descriptors: [Int32]

    /// Makes one: nobody takes connections from its queue, which is full.
    public init() {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        port = bindToLoopback(listener)
        listen(listener, 0)
        var descriptors = [listener]
        for _ in 0..<4 {
            let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            _ = connectToLoopback(filler, port: port)
            descriptors.append(filler)
        }
        self.descriptors = descriptors
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}

import Glibc

/// A memcached of the benchmark's own, which ends with it.
struct BenchMemcached {
    /// Where it is, as options name it.
    let address: String
    private let server: ServerProcess

    /// Starts one; `nil` where none is installed.
    init?() {
        guard let program = ServerProcess.path(of: "memcached") else { return nil }
        // Whoever else has the port does not answer as a memcached does, which is noticed at once.
        let port = 20_000 + Int(getpid()) % 10_000
        address = "127.0.0.1:\(port)"
        let user = getuid() == 0 ? ["-u", "nobody"] : []
        guard let server = ServerProcess([program, "-l", "127.0.0.1", "-p", "\(port)", "-U", "0"] + user) else {
            return nil
        }
        self.server = server
        usleep(Self.startMicroseconds)
    }

    /// How long it takes to be there.
    private static let startMicroseconds: UInt32 = 500_000
}

import Glibc

/// A port on loopback where connections are refused, and that no other test is given meanwhile.
public final class ClosedPort {
    /// The port.
    public let number: Int
    private let descriptor: Int32

    /// Takes a free one.
    public init() {
        // Bound, and not listening; a server that wants this very port can have it beside.
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &isOn, socklen_t(MemoryLayout<Int32>.size))
        number = Int(bindToLoopback(descriptor))
    }

    deinit {
        close(descriptor)
    }
}

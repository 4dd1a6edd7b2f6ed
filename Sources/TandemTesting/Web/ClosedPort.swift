import Glibc

/// A port on loopback where connections are refused, and that no other test is given meanwhile.
public final class ClosedPort {
    /// The port.
    public let number: Int
    private let descriptor: Int32

    /// Takes a free one.
    ///
    /// - Parameter isIPv6: Whether it is one of `::1`, where nobody is found; else one of 127.0.0.1.
    public init(isIPv6: Bool = false) {
        // Bound, and not listening; a server that wants this very port can have it beside.
        descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &isOn, socklen_t(MemoryLayout<Int32>.size))
        number = Int(isIPv6 ? bindToLoopbackOfIPv6(descriptor) : bindToLoopback(descriptor))
    }

    deinit {
        close(descriptor)
    }
}

import Glibc

/// Binds a socket to a port on loopback (IPv4).
///
/// - Parameter port: The port; 0 for any that is free.
/// - Returns: The port that it has; 0 when there is none, or when that one is taken.
public func bindToLoopback(_ descriptor: Int32, port: UInt16 = 0) -> UInt16 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            _ = bind(descriptor, generic, length)
            _ = getsockname(descriptor, generic, &length)
        }
    }
    return UInt16(bigEndian: address.sin_port)
}

/// Binds a socket to any free port of `::1`.
///
/// - Returns: The port that it has; 0 when there is none.
public func bindToLoopbackOfIPv6(_ descriptor: Int32) -> UInt16 {
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    withUnsafeMutableBytes(of: &address.sin6_addr) { $0[15] = 1 }
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            _ = bind(descriptor, generic, length)
            _ = getsockname(descriptor, generic, &length)
        }
    }
    return UInt16(bigEndian: address.sin6_port)
}

/// Connects a socket to a port on loopback (IPv4).
///
/// - Returns: As `connect(2)`.
public func connectToLoopback(_ descriptor: Int32, port: UInt16) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
    }
}

/// Two UDP sockets on loopback whose ports are neighbours, as RTP and RTCP have them (RFC 3550 §11).
public func bindPairToLoopback() -> (descriptor: Int32, port: UInt16, next: Int32) {
    while true {
        let pair = (socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0), socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0))
        let port = bindToLoopback(pair.0)
        if port < .max, bindToLoopback(pair.1, port: port + 1) != 0 { return (pair.0, port, pair.1) }
        // The neighbour is somebody else's.
        close(pair.0)
        close(pair.1)
    }
}

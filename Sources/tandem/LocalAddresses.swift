import Base
import Glibc
import NIOCore

/// What this machine's interfaces say.
enum LocalAddresses {
    /// The address that profiles bind to and advertise: the one that the default route leaves from, else the first
    /// that is neither the loopback's nor link-local, else the loopback's.
    static func primary(_ family: IPAddress.Family) -> IPAddress {
        if let routed = routed(family) { return routed }
        let addresses = devices().map(\.address).filter { $0.family == family && !$0.isLoopback && !$0.isLinkLocal }
        return addresses.first ?? (family == .v4 ? .loopbackV4 : .loopbackV6)
    }

    /// Connecting a UDP socket sends nothing; it makes the system choose a source address.
    private static func routed(_ family: IPAddress.Family) -> IPAddress? {
        // Addresses for documentation (RFC 5737, RFC 3849), which no route but the default one leads to.
        let far = family == .v4 ? "192.0.2.1" : "2001:db8::1"
        guard let remote = try? SocketAddress(ipAddress: far, port: 9) else { return nil }
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family == .v4 ? AF_INET : AF_INET6, type, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard remote.withSockAddr({ connect(descriptor, $0, socklen_t($1)) }) == 0 else { return nil }
        var name = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { return nil }
        let address = withUnsafePointer(to: &name) { pointer in
            family == .v4
                ? pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
                : pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
        }
        return address.ipAddress.flatMap { IPAddress($0) }
    }

    /// The networks that this machine's own addresses are in.
    static func networks() -> [IPPrefix] {
        devices().compactMap { device in
            guard let mask = device.mask else { return nil }
            let bits = mask.high.nonzeroBitCount + mask.low.nonzeroBitCount
            return IPPrefix(device.address, length: bits)
        }
    }

    static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func devices() -> [(address: IPAddress, mask: IPAddress?)] {
        let found = (try? System.enumerateDevices()) ?? []
        return found.compactMap { device in
            guard let text = device.address?.ipAddress, let address = IPAddress(text) else { return nil }
            return (address, device.netmask?.ipAddress.flatMap { IPAddress($0) })
        }
    }
}

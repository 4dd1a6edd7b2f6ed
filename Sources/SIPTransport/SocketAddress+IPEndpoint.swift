import Base
import Glibc
import NIOCore

extension IPEndpoint {
    /// The endpoint of an IPv4 or IPv6 socket address.
    init?(_ address: SocketAddress) {
        let value: IPEndpoint? = unsafe address.withSockAddr { pointer, size in
            unsafe IPEndpoint(socketAddress: UnsafeRawBufferPointer(start: pointer, count: size))
        }
        guard let value else { return nil }
        self = value
    }

    /// The endpoint in a `sockaddr_in` or `sockaddr_in6`.
    ///
    /// The family is at 0 in host order; the port at 2 and the address, at 4 or at 8, in network order (POSIX
    /// <netinet/in.h>).
    init?(socketAddress raw: UnsafeRawBufferPointer) {
        guard raw.count >= 8 else { return nil }
        let family = unsafe Int32(raw.loadUnaligned(fromByteOffset: 0, as: sa_family_t.self))
        let port = unsafe UInt16(bigEndian: raw.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        if family == AF_INET {
            let bits = unsafe UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            self.init(IPAddress(v4: bits), port: port)
            return
        }
        guard family == AF_INET6, raw.count >= 24 else { return nil }
        let high = unsafe UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        let low = unsafe UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        // An IPv4 peer of a dual-stack socket is an IPv4 peer.
        self.init(IPAddress(v6: high, low).unmapped, port: port)
    }

    /// The endpoint as the socket interface wants it.
    var socketAddress: SocketAddress {
        get throws {
            try SocketAddress(packedIPAddress: ByteBuffer(bytes: address.bytes), port: Int(port))
        }
    }
}

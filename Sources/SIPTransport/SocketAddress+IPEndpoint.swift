import Base
import NIOCore

extension IPEndpoint {
    /// The endpoint of an IPv4 or IPv6 socket address.
    init?(_ address: SocketAddress) {
        guard address.protocol == .inet || address.protocol == .inet6 else { return nil }
        // sockaddr_in and sockaddr_in6 in network order: port at 2, address at 4 and at 8 (POSIX <netinet/in.h>).
        let value: (endpoint: IPAddress, port: UInt16)? = unsafe address.withSockAddr { pointer, size in
            let raw = unsafe UnsafeRawBufferPointer(start: pointer, count: size)
            let isV4 = address.protocol == .inet
            guard raw.count >= (isV4 ? 8 : 24) else { return nil }
            let port = unsafe UInt16(bigEndian: raw.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
            if isV4 {
                let bits = unsafe UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
                return (IPAddress(v4: bits), port)
            }
            let high = unsafe UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            let low = unsafe UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            // An IPv4 peer of a dual-stack socket (RFC 4291 §2.5.5.2) is an IPv4 peer.
            let isMapped = high == 0 && low >> 32 == 0xFFFF
            return (isMapped ? IPAddress(v4: UInt32(truncatingIfNeeded: low)) : IPAddress(v6: high, low), port)
        }
        guard let value else { return nil }
        self.init(value.endpoint, port: value.port)
    }

    /// The endpoint as the socket interface wants it.
    var socketAddress: SocketAddress {
        get throws {
            try SocketAddress(packedIPAddress: ByteBuffer(bytes: address.bytes), port: Int(port))
        }
    }
}

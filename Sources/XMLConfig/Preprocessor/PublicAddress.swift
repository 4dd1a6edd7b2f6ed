public import Base
import Glibc
import STUN

/// Asks a STUN server which address this machine has on the outside, for `stun-set` and the command `stun`.
public enum PublicAddress {
    /// Asks over UDP and waits: a few seconds when nobody answers, and as long as name servers take.
    ///
    /// A name is looked up for IPv4 only: the address is for media that crosses address translation.
    ///
    /// - Returns: The address and port that the question came from; `nil` when the server did not tell them.
    public static func ask(_ host: String, port: UInt16) -> IPEndpoint? {
        guard let descriptor = socket(connectedTo: host, port: port) else { return nil }
        defer { _ = close(descriptor) }
        var generator = SystemRandomNumberGenerator()
        var binding = STUNBinding(transaction: STUNTransactionID(using: &generator))
        while true {
            switch binding.next(at: .now) {
            case .send(let bytes):
                // A request that the network refuses is sent again later, like one that is lost.
                _ = unsafe send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            case .wait(let deadline):
                switch receive(from: descriptor, until: deadline) {
                case .datagram(let bytes): binding.received(bytes)
                case .nothing: continue
                case .unreachable: return nil
                }
            case .finished(let endpoint):
                return endpoint
            case .failed:
                return nil
            }
        }
    }

    private enum Reception {
        case datagram([UInt8])
        case nothing
        /// The server's machine has no such port, or no way leads there (RFC 8489 §6.2.1: a hard ICMP error).
        case unreachable
    }

    private static func receive(from descriptor: Int32, until deadline: MonotonicInstant) -> Reception {
        let remaining = max((deadline - .now).wholeMilliseconds, 0) + 1
        var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&question, 1, Int32(clamping: remaining)) > 0 else { return .nothing }
        // One byte more than a message may have: a longer datagram is not taken for one.
        var buffer = [UInt8](repeating: 0, count: STUNMessage.maximumLength + 1)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        if count >= 0 { return .datagram(Array(buffer[..<count])) }
        return errno == EINTR || errno == EAGAIN ? .nothing : .unreachable
    }

    /// A UDP socket that hears this server only.
    private static func socket(connectedTo host: String, port: UInt16) -> Int32? {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = IPAddress(host)?.family == .v6 ? AF_INET6 : AF_INET
        unsafe hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &found) == 0, let list = unsafe found else { return nil }
        defer { unsafe freeaddrinfo(list) }
        let type = unsafe list.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = unsafe Glibc.socket(list.pointee.ai_family, type, list.pointee.ai_protocol)
        guard descriptor >= 0 else { return nil }
        guard unsafe connect(descriptor, list.pointee.ai_addr, list.pointee.ai_addrlen) == 0 else {
            _ = close(descriptor)
            return nil
        }
        return descriptor
    }
}

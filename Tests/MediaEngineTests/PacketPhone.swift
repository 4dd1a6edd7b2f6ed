import Base
import Glibc
import RTP
import TandemTesting

/// A UDP socket that plays the part of a phone; blocking with a time limit, so that a test waits and never sleeps.
final class PacketPhone {
    struct Received {
        var header: RTPHeader
        var payload: [UInt8]
        var source: UInt16
    }

    let socket: Int32
    let endpoint: IPEndpoint
    /// Has the next port, to which reports come (RFC 3550 §11) that another phone would take for its own packets.
    private let control: Int32
    private var sequence: UInt16 = 100
    private var timestamp: UInt32 = 50_000
    let ssrc: UInt32

    init(ssrc: UInt32 = 0x1111_1111, timeoutMilliseconds: Int = 5000) {
        let ports = bindPairToLoopback()
        (socket, control) = (ports.descriptor, ports.next)
        endpoint = IPEndpoint(.loopbackV4, port: ports.port)
        self.ssrc = ssrc
        setTimeout(milliseconds: timeoutMilliseconds)
    }

    deinit {
        close(socket)
        close(control)
    }

    func setTimeout(milliseconds: Int) {
        var limit = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ bytes: [UInt8], to target: IPEndpoint?) {
        guard let target else { return }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = target.port.bigEndian
        address.sin_addr.s_addr = UInt32(truncatingIfNeeded: target.address.low).bigEndian
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                _ = sendto(socket, bytes, bytes.count, 0, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Sends one packet; the numbers go on by themselves.
    func sendAudio(
        _ payload: [UInt8],
        type: UInt8 = 0,
        marker: Bool = false,
        ticks: UInt32? = nil,
        to target: IPEndpoint?
    ) {
        let header = RTPHeader(
            marker: marker,
            payloadType: type,
            sequenceNumber: sequence,
            timestamp: timestamp,
            ssrc: ssrc
        )
        sequence &+= 1
        timestamp &+= ticks ?? UInt32(payload.count)
        send(Self.packet(header, payload), to: target)
    }

    static func packet(_ header: RTPHeader, _ payload: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: RTPHeader.length)
        var span = bytes.mutableSpan
        header.write(into: &span)
        return bytes + payload
    }

    /// The next packet; `nil` when none comes in time.
    func receive() -> Received? {
        var buffer = [UInt8](repeating: 0, count: 2048)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                recvfrom(socket, &buffer, buffer.count, 0, generic, &length)
            }
        }
        guard count > 0 else { return nil }
        let bytes = Array(buffer[..<count])
        guard let view = try? RTPPacketView(parsing: bytes.span) else { return nil }
        return Received(
            header: view.header,
            payload: Array(bytes[view.payload]),
            source: UInt16(bigEndian: address.sin_port)
        )
    }

    /// The next datagram as it is.
    func receiveRaw() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 2048)
        let count = recv(socket, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }
}

import Base
import CMedia
import Synchronization

/// A pair of bound sockets: RTP on an even port, RTCP on the odd one after it (RFC 3550 §11).
struct SocketPair {
    var rtp: Int32
    var rtcp: Int32
    var endpoint: IPEndpoint
}

/// Opens socket pairs on ports of the pool; used by the threads that open streams and by the loops that close them.
final class PortAllocator: Sendable {
    private let pool: Mutex<PortPool>

    /// So many pairs that others occupy are skipped for one stream.
    private static let attempts = 256

    init(ports: ClosedRange<UInt16>, drainTime: Duration) {
        var generator = SystemRandomNumberGenerator()
        pool = Mutex(PortPool(ports: ports, drainTime: drainTime, using: &generator))
    }

    func open(on address: IPAddress) throws(MediaError) -> SocketPair {
        for _ in 0..<Self.attempts {
            guard let port = pool.withLock({ $0.take(at: .now) }) else { throw .noFreePorts }
            switch Self.bind(address, port) {
            case .success(let pair): return pair
            case .failure(let error):
                release(port)
                guard error.errno == Self.addressInUse else { throw .socket(address, errno: error.errno) }
            }
        }
        throw .noFreePorts
    }

    /// A socket at an endpoint that somebody has chosen, and where it is: port 0 is any that is free.
    static func open(at local: IPEndpoint) throws(MediaError) -> (socket: Int32, endpoint: IPEndpoint) {
        var endpoint = cmedia_endpoint(local)
        let socket = cmedia_udp_open(&endpoint, false)
        guard socket >= 0 else { throw .socket(local.address, errno: -socket) }
        _ = cmedia_udp_local(socket, &endpoint)
        return (socket, endpoint.endpoint ?? local)
    }

    func release(_ port: UInt16) {
        pool.withLock { $0.release(port, at: .now) }
    }

    /// How many pairs are in use.
    var counts: MediaPorts { pool.withLock { $0.counts(at: .now) } }

    private struct BindError: Error {
        var errno: Int32
    }

    /// EADDRINUSE on Linux.
    private static let addressInUse: Int32 = 98

    private static func bind(_ address: IPAddress, _ port: UInt16) -> Result<SocketPair, BindError> {
        var local = cmedia_endpoint(IPEndpoint(address, port: port))
        let rtp = cmedia_udp_open(&local, true)
        guard rtp >= 0 else { return .failure(BindError(errno: -rtp)) }
        local.port += 1
        let rtcp = cmedia_udp_open(&local, false)
        guard rtcp >= 0 else {
            cmedia_close(rtp)
            return .failure(BindError(errno: -rtcp))
        }
        return .success(SocketPair(rtp: rtp, rtcp: rtcp, endpoint: IPEndpoint(address, port: port)))
    }
}

extension cmedia_endpoint {
    init(_ endpoint: IPEndpoint) {
        self.init(
            high: endpoint.address.high,
            low: endpoint.address.low,
            port: endpoint.port,
            family: endpoint.address.family == .v4 ? 4 : 6
        )
    }

    /// The same as a value of ours; `nil` when there is none.
    var endpoint: IPEndpoint? {
        switch family {
        case 4: IPEndpoint(IPAddress(v4: UInt32(truncatingIfNeeded: low)), port: port)
        case 6: IPEndpoint(IPAddress(v6: high, low), port: port)
        default: nil
        }
    }
}

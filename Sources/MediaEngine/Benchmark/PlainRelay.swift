import Base
import CMedia

/// The relay in C that is the floor: two sockets a call, what comes to one leaves from the other.
// @unchecked: the arrays are set once; `stopFlag` is read atomically by the C side, the rest after it has ended.
final class PlainRelay: @unchecked Sendable {
    let endpoints: [IPEndpoint]
    private let sockets: [Int32]
    private let peers: [Int32]
    private let destinations: [cmedia_endpoint]
    private let stopFlag: UnsafeMutablePointer<Int32>
    private let (results, resultWriter) = AsyncStream.makeStream(of: Int64.self)

    /// - Parameter phones: the ends of call `i` are the phones `2i` and `2i + 1`.
    init(phones: [IPEndpoint]) throws(MediaError) {
        var sockets: [Int32] = []
        var endpoints: [IPEndpoint] = []
        for _ in phones {
            let (fd, endpoint) = try PhoneBank.open()
            sockets.append(fd)
            endpoints.append(endpoint)
        }
        (self.sockets, self.endpoints) = (sockets, endpoints)
        peers = sockets.indices.map { sockets[$0 ^ 1] }
        destinations = phones.indices.map { cmedia_endpoint(phones[$0 ^ 1]) }
        stopFlag = .allocate(capacity: 1)
        stopFlag.initialize(to: 0)
    }

    deinit {
        for socket in sockets { cmedia_close(socket) }
        stopFlag.deallocate()
    }

    func start() {
        startThread(named: "plain-relay") { self.relay() }
    }

    /// Ends the relay; gives the CPU time that it used in nanoseconds.
    func stop() async -> Int64 {
        cmedia_store(stopFlag, 1)
        for await result in results { return result }
        return 0
    }

    private func relay() {
        let cpu = sockets.withUnsafeBufferPointer { receivers in
            peers.withUnsafeBufferPointer { senders in
                destinations.withUnsafeBufferPointer { destinations in
                    var relay = cmedia_plain_relay()
                    relay.receivers = receivers.baseAddress
                    relay.senders = senders.baseAddress
                    relay.destinations = destinations.baseAddress
                    relay.count = Int32(receivers.count)
                    relay.stop = stopFlag
                    cmedia_plain_relay_run(&relay)
                    return relay.cpu_nanoseconds
                }
            }
        }
        resultWriter.yield(cpu)
    }
}

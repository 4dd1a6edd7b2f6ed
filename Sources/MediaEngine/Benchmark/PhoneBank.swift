import Base
import CMedia
import Glibc
import RTP

/// Many phones on one thread, each sending a G.711 packet every 20 ms and counting what comes back.
// @unchecked: the sockets are set once; the batch and counters belong to the one thread that runs at a time.
final class PhoneBank: @unchecked Sendable {
    struct Count: Sendable {
        var sent = 0
        var received = 0
    }

    let endpoints: [IPEndpoint]
    private let sockets: [Int32]
    private let batch = cmedia_batch_create()
    private let outbox = cmedia_outbox_create()
    private var sequence: UInt16 = 0

    /// Phones take turns in steps of a millisecond, as calls that began at any time would.
    private static let slots = 20
    private static let payloadBytes = 160

    init(count: Int) throws(MediaError) {
        var sockets: [Int32] = []
        var endpoints: [IPEndpoint] = []
        for _ in 0..<count {
            let (fd, endpoint) = try Self.open()
            sockets.append(fd)
            endpoints.append(endpoint)
        }
        (self.sockets, self.endpoints) = (sockets, endpoints)
    }

    deinit {
        for socket in sockets { cmedia_close(socket) }
        cmedia_batch_destroy(batch)
        cmedia_outbox_destroy(outbox)
    }

    /// A socket on any free port of the loopback interface.
    static func open() throws(MediaError) -> (Int32, IPEndpoint) {
        var address = cmedia_endpoint(IPEndpoint(.loopbackV4, port: 0))
        let fd = cmedia_udp_open(&address, false)
        guard fd >= 0 else { throw .socket(.loopbackV4, errno: -fd) }
        guard cmedia_udp_local(fd, &address) == 0, let endpoint = address.endpoint else {
            cmedia_close(fd)
            throw .socket(.loopbackV4, errno: 0)
        }
        return (fd, endpoint)
    }

    /// Sends to `targets`, phone by phone, for so many seconds on a thread of its own.
    func run(to targets: [IPEndpoint], seconds: Int) async -> Count {
        await withCheckedContinuation { continuation in
            startThread(named: "phones") {
                continuation.resume(returning: self.generate(targets, seconds))
            }
        }
    }

    private func generate(_ targets: [IPEndpoint], _ seconds: Int) -> Count {
        let destinations = targets.map { target in
            var (destination, address) = (cmedia_destination(), cmedia_endpoint(target))
            cmedia_destination_set(&destination, &address)
            return destination
        }
        var count = Count()
        var packet = [UInt8](repeating: 0xFF, count: RTPHeader.length + Self.payloadBytes)
        let start = cmedia_now()
        for step in 0..<(seconds * 1000) {
            Self.sleep(until: start + Int64(step) * 1_000_000)
            let slot = step % Self.slots
            if slot == 0 { sequence &+= 1 }
            for phone in stride(from: slot, to: min(sockets.count, destinations.count), by: Self.slots) {
                send(&packet, phone, destinations[phone])
                count.sent += 1
            }
            // What was sent half a turn ago has come back by now.
            drain((slot + Self.slots / 2) % Self.slots, &count)
        }
        Self.sleep(until: cmedia_now() + 20_000_000)
        for slot in 0..<Self.slots { drain(slot, &count) }
        return count
    }

    private func send(_ packet: inout [UInt8], _ phone: Int, _ destination: cmedia_destination) {
        var span = packet.mutableSpan
        let header = RTPHeader(
            payloadType: 0,
            sequenceNumber: sequence,
            timestamp: UInt32(sequence) &* UInt32(Self.payloadBytes),
            ssrc: UInt32(truncatingIfNeeded: phone + 1)
        )
        header.write(into: &span)
        var destination = destination
        packet.withUnsafeBufferPointer { buffer in
            _ = cmedia_outbox_add(outbox, sockets[phone], &destination, buffer.baseAddress, Int32(buffer.count))
            _ = cmedia_outbox_flush(outbox)
        }
    }

    private func drain(_ slot: Int, _ count: inout Count) {
        for phone in stride(from: slot, to: sockets.count, by: Self.slots) {
            count.received += Int(cmedia_batch_receive(batch, sockets[phone], 8, false))
        }
    }

    private static func sleep(until nanoseconds: Int64) {
        var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }
}

/// Packets that wait for their turn, the first that came being the first that leaves.
struct PacketQueue: Sendable {
    /// How many places at the front may be empty before the rest moves up.
    private static let slack = 64

    private var packets: [[UInt8]] = []
    private var head = 0
    /// How many bytes wait.
    private(set) var bytes = 0

    /// How many packets wait.
    var count: Int { packets.count - head }
    /// The one that leaves next.
    var first: [UInt8]? { head < packets.count ? packets[head] : nil }

    mutating func append(_ packet: [UInt8]) {
        packets.append(packet)
        bytes += packet.count
    }

    mutating func removeFirst() -> [UInt8]? {
        guard let packet = first else { return nil }
        packets[head] = []
        head += 1
        bytes -= packet.count
        if head >= Self.slack, head * 2 >= packets.count {
            packets.removeFirst(head)
            head = 0
        }
        return packet
    }
}

import Base
import CMedia

/// Packets that are handed on as they are, from one peer to another (`proxy_media`).
extension MediaLoop {
    func relay(_ stream: StreamPointer, _ parameters: RelayParameters) {
        stream.pointee.core.relay(parameters, lockWindow: configuration.lockWindow, at: now)
        stream.pointee.rtcpEndpoint = parameters.remoteRTCP
        setDestination(stream, stream.pointee.core.lock.destination, connects: false)
    }

    /// A datagram came, of whatever kind; `source` is `nil` when the kernel already lets only the peer's through.
    func relay(_ packet: PacketBuffer, from source: IPEndpoint?, of stream: StreamPointer) {
        let isAccepted = stream.pointee.core.relayed(octets: packet.count, from: source, at: now)
        if stream.pointee.core.hasNews { report(stream) }
        guard isAccepted, let target = stream.pointee.peer, target.pointee.core.isRelay else { return }
        guard target.pointee.hasDestination else {
            target.pointee.core.statistics.packetsDropped &+= 1
            return
        }
        target.pointee.core.outbound.sent(octets: packet.count)
        send(packet, target.pointee.rtp, target.pointee.destination, as: target)
    }

    /// The same at the port of RTCP, where an address is believed that the peer named, or that its other packets come from.
    func relayControl(_ packet: PacketBuffer, from source: IPEndpoint, of stream: StreamPointer) {
        guard source == stream.pointee.rtcpEndpoint || source.address == stream.pointee.core.lock.destination?.address
        else {
            stream.pointee.core.statistics.strayPackets &+= 1
            return
        }
        stream.pointee.rtcpEndpoint = source
        guard let target = stream.pointee.peer, target.pointee.core.isRelay,
            let endpoint = target.pointee.rtcpEndpoint, endpoint.port != 0, !endpoint.address.isUnspecified
        else { return }
        var (destination, address) = (cmedia_destination(), cmedia_endpoint(endpoint))
        cmedia_destination_set(&destination, &address)
        send(packet, target.pointee.rtcp, destination, as: target)
    }

    private func send(
        _ packet: PacketBuffer,
        _ socket: Int32,
        _ destination: cmedia_destination,
        as stream: StreamPointer
    ) {
        guard let start = packet.baseAddress else { return }
        var destination = destination
        let refused = cmedia_outbox_add(outbox, socket, &destination, start, Int32(truncatingIfNeeded: packet.count))
        if refused > 0 { stream.pointee.core.statistics.packetsDropped &+= UInt64(refused) }
    }
}

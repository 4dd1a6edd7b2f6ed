import Base
import CMedia
import MediaDSP
import RTP

/// Packets from sockets to where they go. Nothing here allocates or counts references while packets are forwarded.
extension MediaLoop {
    /// A packet that is handed on more often than this goes round in circles of virtual pairs.
    private static let maximumDepth = 8

    func receivePackets(of stream: StreamPointer, limit: Int32) {
        guard stream.pointee.rtp >= 0 else { return }
        let needsSource = !stream.pointee.trustsKernel
        let count = cmedia_batch_receive(batch, stream.pointee.rtp, limit, needsSource)
        for index in 0..<count {
            let packet = PacketBuffer(
                start: cmedia_batch_data(batch, index),
                count: Int(cmedia_batch_length(batch, index))
            )
            var source: IPEndpoint?
            if needsSource {
                var address = cmedia_endpoint()
                cmedia_batch_source(batch, index, &address)
                source = address.endpoint
                guard source != nil else { continue }
            }
            if stream.pointee.core.isRelay {
                relay(packet, from: source, of: stream)
            } else if stream.pointee.bare != nil {
                receivedBare(packet, from: source, of: stream)
            } else if packet.count >= 2, (192...223).contains(packet[1]) {
                receivedReport(packet, from: source, of: stream)
            } else {
                deliver(packet, from: source, to: stream, depth: 0)
            }
        }
        // The batch's buffers are used again by the next socket: what points at them has to leave now.
        flush(stream)
    }

    /// A packet arrives at a stream, from the network or from the other half of a virtual pair.
    func deliver(_ packet: PacketBuffer, from source: IPEndpoint?, to stream: StreamPointer, depth: Int) {
        guard depth < Self.maximumDepth else { return }
        let arrival = stream.pointee.core.received(UnsafeBufferPointer(packet).span, from: source, at: now)
        if stream.pointee.core.hasNews { report(stream) }
        if let view = arrival.view, delay(packet, view, stream) { return }
        goOn(packet, arrival, stream, depth: depth)
    }

    /// A packet goes where what the stream receives is to go.
    func goOn(_ packet: PacketBuffer, _ arrival: StreamCore.Arrival, _ stream: StreamPointer, depth: Int) {
        switch arrival {
        case .refused:
            break
        case .audio(let view):
            receivedAudio(packet, view, stream, depth: depth)
        case .key(let view):
            noteTurn(view, of: stream)
            if let target = target(of: stream) { relayKey(packet, view, from: stream, to: target, depth: depth) }
        case .noise(let view):
            noteTurn(view, of: stream)
            if let target = target(of: stream) { relayNoise(packet, view, from: stream, to: target, depth: depth) }
        }
    }

    private func target(of stream: StreamPointer) -> StreamPointer? {
        stream.pointee.peer ?? (stream.pointee.echoes ? stream : nil)
    }

    private func receivedAudio(_ packet: PacketBuffer, _ view: RTPPacketView, _ stream: StreamPointer, depth: Int) {
        guard let target = target(of: stream) else {
            if stream.pointee.echoLine != nil {
                stream.pointee.echoLine?.append(UnsafeBufferPointer(rebasing: packet[view.payload]), at: now)
            }
            if stream.pointee.isTapped { decode(packet, view, stream, for: nil, depth: depth) }
            return
        }
        let plan = plan(from: stream, to: target)
        // What is decoded for several purposes is decoded once.
        if plan == .transcode || stream.pointee.isTapped {
            decode(packet, view, stream, for: plan == .transcode ? target : nil, depth: depth)
        } else if stream.pointee.order != nil {
            // Nobody looks at the order any more, and whoever does later begins anew.
            stream.pointee.order = nil
        }
        if plan != .transcode { relayAudio(packet, view, plan, from: stream, to: target, depth: depth) }
    }

    /// How what arrives at a stream gets to where it goes at the moment.
    private func plan(from stream: StreamPointer, to target: StreamPointer) -> RelayPlan {
        let plan = target == stream ? RelayPlan.forward : stream.pointee.plan
        let isChanged =
            target.pointee.isMixed || stream.pointee.receivedLevel != Level.unity
            || target.pointee.sentLevel != Level.unity
        guard isChanged, plan != .none, stream.pointee.core.format?.coding != nil,
            target.pointee.core.format?.coding != nil
        else { return plan }
        return .transcode
    }

    private func relayAudio(
        _ packet: PacketBuffer,
        _ view: RTPPacketView,
        _ plan: RelayPlan,
        from stream: StreamPointer,
        to target: StreamPointer,
        depth: Int
    ) {
        guard let format = target.pointee.core.format, format.sends, !target.pointee.isOccupied else { return }
        switch plan {
        case .none:
            target.pointee.core.statistics.packetsDropped &+= 1
            return
        case .muToA, .aToMu:
            var codes = PacketBuffer(rebasing: packet[view.payload]).mutableSpan
            if plan == .muToA { G711.convertMuToA(&codes) } else { G711.convertAToMu(&codes) }
        case .forward, .transcode:
            break
        }
        forward(packet, view, as: format.sendPayloadType, from: stream, to: target, depth: depth)
    }

    /// Sends the packet on with its header rewritten in place.
    private func forward(
        _ packet: PacketBuffer,
        _ view: RTPPacketView,
        as payloadType: UInt8,
        from stream: StreamPointer,
        to target: StreamPointer,
        depth: Int
    ) {
        guard let header = relayHeader(view.header, as: payloadType, from: stream, to: target) else { return }
        var bytes = packet.mutableSpan
        header.rewrite(in: &bytes)
        if target.pointee.isTapped { tapSent(UnsafeBufferPointer(rebasing: packet[view.payload]), target) }
        transmit(packet, payload: view.payload.count, to: target, depth: depth)
    }

    func relayHeader(
        _ header: RTPHeader,
        as payloadType: UInt8,
        from stream: StreamPointer,
        to target: StreamPointer
    ) -> RTPHeader? {
        guard let format = target.pointee.core.format else { return nil }
        let rate = stream.pointee.core.format?.clockRate ?? format.clockRate
        return target.pointee.core.outbound.relay(
            header,
            payloadType: payloadType,
            side: stream.pointee.id,
            rate: rate,
            format: format,
            at: now
        )
    }

    private func relayKey(
        _ packet: PacketBuffer,
        _ view: RTPPacketView,
        from stream: StreamPointer,
        to target: StreamPointer,
        depth: Int
    ) {
        guard let format = target.pointee.core.format, format.sends, !target.pointee.isOccupied else { return }
        let isKept = (stream.pointee.keepsKeys || target.pointee.refusesKeys) && target != stream
        guard !isKept, !target.pointee.speaksKeys, let payloadType = format.eventSend else {
            return target.pointee.core.outbound.skip(view.header, side: stream.pointee.id)
        }
        let source = stream.pointee.core.format ?? format
        if source.eventClockRate != format.eventClockRate {
            // The duration counts in ticks of the clock (RFC 4733 §2.3.5).
            let payload = PacketBuffer(rebasing: packet[view.payload])
            guard var event = TelephoneEvent(parsing: UnsafeBufferPointer(payload).span) else { return }
            event.duration = UInt16(clamping: Int(event.duration) * format.eventClockRate / source.eventClockRate)
            var bytes = payload.mutableSpan
            event.write(into: &bytes, at: 0)
        }
        joinUp(view.header, from: stream, to: target)
        guard source.eventClockRate != source.clockRate else {
            return forwardUntapped(packet, view, as: payloadType, from: stream, to: target, depth: depth)
        }
        let header = target.pointee.core.outbound.relayEvent(
            view.header,
            payloadType: payloadType,
            side: stream.pointee.id,
            format: format,
            at: now
        )
        if let header { forwardUntapped(packet, view, with: header, to: target, depth: depth) }
    }

    private func relayNoise(
        _ packet: PacketBuffer,
        _ view: RTPPacketView,
        from stream: StreamPointer,
        to target: StreamPointer,
        depth: Int
    ) {
        guard let format = target.pointee.core.format, format.sends, !target.pointee.isOccupied else { return }
        guard let payloadType = format.comfortNoise else {
            return target.pointee.core.outbound.skip(view.header, side: stream.pointee.id)
        }
        joinUp(view.header, from: stream, to: target)
        forwardUntapped(packet, view, as: payloadType, from: stream, to: target, depth: depth)
    }

    private func forwardUntapped(
        _ packet: PacketBuffer,
        _ view: RTPPacketView,
        as payloadType: UInt8,
        from stream: StreamPointer,
        to target: StreamPointer,
        depth: Int
    ) {
        guard let header = relayHeader(view.header, as: payloadType, from: stream, to: target) else { return }
        forwardUntapped(packet, view, with: header, to: target, depth: depth)
    }

    private func forwardUntapped(
        _ packet: PacketBuffer,
        _ view: RTPPacketView,
        with header: RTPHeader,
        to target: StreamPointer,
        depth: Int
    ) {
        var bytes = packet.mutableSpan
        header.rewrite(in: &bytes)
        transmit(packet, payload: view.payload.count, to: target, depth: depth)
    }

    /// Sends a finished packet to the stream's peer, or to the other half of its pair.
    func transmit(_ packet: PacketBuffer, payload: Int, to stream: StreamPointer, depth: Int) {
        stream.pointee.core.outbound.sent(octets: payload)
        if let twin = stream.pointee.twin {
            return deliver(packet, from: nil, to: twin, depth: depth + 1)
        }
        let packet = bareContent(packet, of: stream)
        guard stream.pointee.hasDestination, let start = packet.baseAddress else { return }
        let refused = cmedia_outbox_add(
            outbox,
            stream.pointee.rtp,
            &stream.pointee.destination,
            start,
            Int32(truncatingIfNeeded: packet.count)
        )
        if refused > 0 { stream.pointee.core.statistics.packetsDropped &+= UInt64(refused) }
    }

    func flush(_ stream: StreamPointer) {
        let refused = cmedia_outbox_flush(outbox)
        if refused > 0 { stream.pointee.core.statistics.packetsDropped &+= UInt64(refused) }
    }

    private func tapSent(_ payload: UnsafeBufferPointer<UInt8>, _ stream: StreamPointer) {
        guard let coding = stream.pointee.core.format?.coding else { return }
        let count = coding.decode(payload.span, into: samples)
        noteSent(UnsafeBufferPointer(rebasing: samples[..<count]), .plain, stream)
    }
}

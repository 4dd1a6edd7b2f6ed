import Base
import CMedia
import MediaDSP
import RTP

/// Packets from sockets to where they go. Nothing here allocates or counts references while packets are forwarded.
extension MediaLoop {
    /// A packet that is handed on more often than this goes round in circles of virtual pairs.
    private static let maximumDepth = 8
    private static let pieceSlack = 8

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
            if packet.count >= 2, (192...223).contains(packet[1]) {
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
        switch arrival {
        case .refused:
            break
        case .audio(let view):
            if stream.pointee.isTapped { tapReceived(packet, view, stream) }
            if let target = target(of: stream) {
                relayAudio(packet, view, from: stream, to: target, depth: depth)
            } else if stream.pointee.echoLine != nil {
                stream.pointee.echoLine?.append(UnsafeBufferPointer(rebasing: packet[view.payload]), at: now)
            }
        case .key(let view):
            if let target = target(of: stream) { relayKey(packet, view, from: stream, to: target, depth: depth) }
        case .noise(let view):
            if let target = target(of: stream) { relayNoise(packet, view, from: stream, to: target, depth: depth) }
        }
    }

    private func target(of stream: StreamPointer) -> StreamPointer? {
        stream.pointee.peer ?? (stream.pointee.echoes ? stream : nil)
    }

    private func relayAudio(
        _ packet: PacketBuffer,
        _ view: RTPPacketView,
        from stream: StreamPointer,
        to target: StreamPointer,
        depth: Int
    ) {
        guard let format = target.pointee.core.format, format.sends, !target.pointee.isOccupied else { return }
        var plan = target == stream ? .forward : stream.pointee.plan
        if target.pointee.isMixed, plan != .none { plan = .transcode }
        switch plan {
        case .none:
            target.pointee.core.statistics.packetsDropped &+= 1
            return
        case .transcode:
            return transcode(packet, view, from: stream, to: target, depth: depth)
        case .muToA, .aToMu:
            var codes = PacketBuffer(rebasing: packet[view.payload]).mutableSpan
            if plan == .muToA { G711.convertMuToA(&codes) } else { G711.convertAToMu(&codes) }
        case .forward:
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
        guard let header = relayHeader(view, as: payloadType, from: stream, to: target) else { return }
        var bytes = packet.mutableSpan
        header.rewrite(in: &bytes)
        if target.pointee.isTapped { tapSent(UnsafeBufferPointer(rebasing: packet[view.payload]), target) }
        transmit(packet, payload: view.payload.count, to: target, depth: depth)
    }

    private func relayHeader(
        _ view: RTPPacketView,
        as payloadType: UInt8,
        from stream: StreamPointer,
        to target: StreamPointer
    ) -> RTPHeader? {
        guard let format = target.pointee.core.format else { return nil }
        let rate = stream.pointee.core.format?.clockRate ?? format.clockRate
        return target.pointee.core.outbound.relay(
            view.header,
            payloadType: payloadType,
            side: stream.pointee.id,
            rate: rate,
            format: format,
            at: now
        )
    }

    /// Through samples, which also is when something can be mixed in.
    private func transcode(
        _ packet: PacketBuffer,
        _ view: RTPPacketView,
        from stream: StreamPointer,
        to target: StreamPointer,
        depth: Int
    ) {
        guard let format = target.pointee.core.format, let output = format.coding,
            let input = stream.pointee.core.format?.coding
        else { return }
        let payload = UnsafeBufferPointer(rebasing: packet[view.payload])
        let decoded = UnsafeMutableBufferPointer(rebasing: samples[..<input.decode(payload.span, into: samples)])
        var result = decoded
        if input.rate != output.rate {
            var span = resampled.mutableSpan
            let count = stream.pointee.resampler?.process(UnsafeBufferPointer(decoded).span, into: &span) ?? 0
            result = UnsafeMutableBufferPointer(rebasing: resampled[..<count])
        }
        if target.pointee.isMixed { mix(into: result, target) }
        guard !result.isEmpty,
            let header = relayHeader(view, as: format.sendPayloadType, from: stream, to: target)
        else { return }
        sendPieces(UnsafeBufferPointer(result), header, format, output, to: target, depth: depth)
    }

    /// Sends samples in packets of the length that the target expects: the source's may be longer, and linear ones
    /// would not fit a datagram.
    private func sendPieces(
        _ audio: UnsafeBufferPointer<Int16>,
        _ header: RTPHeader,
        _ format: StreamFormat,
        _ coding: AudioCoding,
        to target: StreamPointer,
        depth: Int
    ) {
        let length = coding.rate * format.packetMilliseconds / 1000
        var (start, header) = (0, header)
        while true {
            let left = audio.count - start
            // A resampler gives a sample more or less; that is no reason for another packet.
            let count = left > length + Self.pieceSlack ? length : left
            let piece = UnsafeBufferPointer(rebasing: audio[start..<(start + count)])
            send(piece, header, coding: coding, to: target, depth: depth)
            start += count
            guard start < audio.count, count > 0,
                let next = target.pointee.core.outbound.relayRest(of: header, ticks: UInt32(count), at: now)
            else { return }
            header = next
        }
    }

    /// Adds what is mixed into the target's audio.
    private func mix(into audio: UnsafeMutableBufferPointer<Int16>, _ target: StreamPointer) {
        guard let mixture = target.pointee.mixture, !audio.isEmpty else { return }
        target.pointee.mixedAt = now
        let frame = UnsafeMutableBufferPointer(rebasing: mixed[..<audio.count])
        guard mixture.fill(frame) else { return endPlayback(target, .completed, only: mixture.id) }
        for index in audio.indices { audio[index] = Level.mix(audio[index], frame[index]) }
    }

    /// Encodes samples behind a header and sends the packet.
    func send(
        _ audio: UnsafeBufferPointer<Int16>,
        _ header: RTPHeader,
        coding: AudioCoding,
        to target: StreamPointer,
        depth: Int
    ) {
        let room = PacketBuffer(rebasing: scratch[RTPHeader.length..<(RTPHeader.length + AudioCoding.maximumPayload)])
        let length = coding.encode(audio.span, into: room)
        var bytes = scratch.mutableSpan
        header.write(into: &bytes)
        if target.pointee.isTapped { target.pointee.taps.sent(audio) }
        let packet = PacketBuffer(rebasing: scratch[..<(RTPHeader.length + length)])
        transmit(packet, payload: length, to: target, depth: depth)
        // The scratch buffer is used again by the next packet.
        flush(target)
    }

    private func relayKey(
        _ packet: PacketBuffer,
        _ view: RTPPacketView,
        from stream: StreamPointer,
        to target: StreamPointer,
        depth: Int
    ) {
        guard let format = target.pointee.core.format, format.sends, !target.pointee.isOccupied else { return }
        guard let payloadType = format.eventSend else {
            return target.pointee.core.outbound.skip(view.header, side: stream.pointee.id)
        }
        let rate = stream.pointee.core.format?.clockRate ?? format.clockRate
        if rate != format.clockRate {
            // The duration counts in ticks of the clock (RFC 4733 §2.3.5).
            let payload = PacketBuffer(rebasing: packet[view.payload])
            guard var event = TelephoneEvent(parsing: UnsafeBufferPointer(payload).span) else { return }
            event.duration = UInt16(clamping: Int(event.duration) * format.clockRate / max(rate, 1))
            var bytes = payload.mutableSpan
            event.write(into: &bytes, at: 0)
        }
        forwardUntapped(packet, view, as: payloadType, from: stream, to: target, depth: depth)
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
        guard let header = relayHeader(view, as: payloadType, from: stream, to: target) else { return }
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

    // MARK: - Listening

    private func tapReceived(_ packet: PacketBuffer, _ view: RTPPacketView, _ stream: StreamPointer) {
        guard let coding = stream.pointee.core.format?.coding else { return }
        let payload = UnsafeBufferPointer(rebasing: packet[view.payload])
        let count = coding.decode(payload.span, into: samples)
        stream.pointee.taps.received(UnsafeBufferPointer(rebasing: samples[..<count])) { key in
            let digit = Character(Unicode.Scalar(key.digit))
            emit(.dtmf(digit: digit, milliseconds: key.milliseconds), from: stream)
        }
    }

    private func tapSent(_ payload: UnsafeBufferPointer<UInt8>, _ stream: StreamPointer) {
        guard let coding = stream.pointee.core.format?.coding else { return }
        let count = coding.decode(payload.span, into: samples)
        stream.pointee.taps.sent(UnsafeBufferPointer(rebasing: samples[..<count]))
    }
}

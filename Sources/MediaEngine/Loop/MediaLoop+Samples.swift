import Base
import CMedia
import MediaDSP
import RTP

/// What goes through samples: packets are put in order, decoded once, listened to, and made into other packets.
extension MediaLoop {
    /// Decodes what has its turn now that a packet came; `target` is where it is relayed to through samples, if anywhere.
    func decode(
        _ packet: PacketBuffer,
        _ view: RTPPacketView,
        _ stream: StreamPointer,
        for target: StreamPointer?,
        depth: Int
    ) {
        guard let format = stream.pointee.core.format, let coding = format.coding else { return }
        if stream.pointee.order == nil { stream.pointee.order = ArrivalOrder() }
        stream.pointee.order?.insert(view.header, UnsafeBufferPointer(rebasing: packet[view.payload]))
        while let (header, count) = stream.pointee.order?.next(into: ordered) {
            guard header.payloadType == format.receivePayloadType else { continue }
            let payload = UnsafeBufferPointer(rebasing: ordered[..<count])
            let audio = UnsafeMutableBufferPointer(rebasing: samples[..<coding.decode(payload.span, into: samples)])
            stream.pointee.core.statistics.packetsDecoded &+= 1
            scale(audio, by: stream.pointee.receivedLevel)
            if stream.pointee.isTapped { tapReceived(UnsafeBufferPointer(audio), stream) }
            if let target { transcode(audio, header, from: stream, to: target, depth: depth) }
        }
    }

    /// A packet that is no audio has its turn among those that are.
    func noteTurn(_ view: RTPPacketView, of stream: StreamPointer) {
        guard stream.pointee.order != nil else { return }
        stream.pointee.order?.insert(view.header, UnsafeBufferPointer(start: nil, count: 0))
    }

    private func tapReceived(_ audio: UnsafeBufferPointer<Int16>, _ stream: StreamPointer) {
        stream.pointee.taps.received(audio) { key in
            let digit = Character(Unicode.Scalar(key.digit))
            emit(.dtmf(digit: digit, milliseconds: key.milliseconds), from: stream)
        }
        reportTones(stream)
    }

    /// Lets whoever listens to the stream have what was sent.
    func noteSent(_ audio: UnsafeBufferPointer<Int16>, _ content: SentContent, _ stream: StreamPointer) {
        stream.pointee.taps.sent(audio, content)
        reportTones(stream)
    }

    private func reportTones(_ stream: StreamPointer) {
        while let id = stream.pointee.taps.takeHeardTone() {
            emit(.tone(id), from: stream)
            updateTimed(stream)
        }
    }

    /// Makes the samples of one packet into packets for the target, which also is when something can be mixed in.
    private func transcode(
        _ audio: UnsafeMutableBufferPointer<Int16>,
        _ header: RTPHeader,
        from stream: StreamPointer,
        to target: StreamPointer,
        depth: Int
    ) {
        guard let source = stream.pointee.core.format, let format = target.pointee.core.format, format.sends,
            let output = format.coding, !target.pointee.isOccupied
        else { return }
        var result = audio
        if stream.pointee.resampler != nil {
            var span = resampled.mutableSpan
            let count = stream.pointee.resampler?.process(UnsafeBufferPointer(audio).span, into: &span) ?? 0
            result = UnsafeMutableBufferPointer(rebasing: resampled[..<count])
        }
        let isMixture = target.pointee.isMixed
        if isMixture {
            mixIn(result, target)
        }
        if stream.pointee.assembler == nil { stream.pointee.assembler = FrameAssembler(from: source, to: format) }
        let ticks = UInt32(clamping: audio.count)
        var first = header
        first.timestamp =
            stream.pointee.assembler?.append(UnsafeBufferPointer(result), at: header.timestamp, ticks: ticks)
            ?? header.timestamp
        sendFrames(first, format, output, isMixture ? .mixture : .plain, from: stream, to: target, depth: depth)
    }

    private func sendFrames(
        _ first: RTPHeader,
        _ format: StreamFormat,
        _ coding: AudioCoding,
        _ content: SentContent,
        from stream: StreamPointer,
        to target: StreamPointer,
        depth: Int
    ) {
        var previous: RTPHeader?
        var length: UInt32 = 0
        while let count = stream.pointee.assembler?.take(into: resampled), count > 0 {
            let header: RTPHeader?
            if let previous {
                header = target.pointee.core.outbound.relayRest(of: previous, ticks: length, at: now)
            } else {
                joinUp(first, from: stream, to: target)
                header = relayHeader(first, as: format.sendPayloadType, from: stream, to: target)
            }
            guard let header else { return }
            (previous, length) = (header, UInt32(clamping: count))
            let frame = UnsafeMutableBufferPointer(rebasing: resampled[..<count])
            send(frame, header, coding: coding, content, to: target, depth: depth)
        }
    }

    /// Where packets are put together, numbers that the source used for what went into them are not missed.
    func joinUp(_ header: RTPHeader, from stream: StreamPointer, to target: StreamPointer) {
        guard stream.pointee.assembler?.waits == true else { return }
        target.pointee.core.outbound.joinUp(header, side: stream.pointee.id)
    }

    /// Adds what is mixed into the target's audio.
    func mixIn(_ audio: UnsafeMutableBufferPointer<Int16>, _ target: StreamPointer) {
        if target.pointee.isTapped { target.pointee.taps.sent(UnsafeBufferPointer(audio), .beforeMixing) }
        guard let mixture = target.pointee.playbacks.mixed, !audio.isEmpty else { return }
        target.pointee.mixedAt = now
        let frame = UnsafeMutableBufferPointer(rebasing: mixed[..<audio.count])
        guard mixture.fill(frame) else { return endPlayback(target, .completed, only: mixture.id) }
        for index in audio.indices { audio[index] = Level.mix(audio[index], frame[index]) }
    }

    private func scale(_ audio: UnsafeMutableBufferPointer<Int16>, by factor: Int32) {
        guard factor != Level.unity else { return }
        var span = audio.mutableSpan
        Level.scale(&span, by: factor)
    }

    /// Encodes samples behind a header and sends the packet.
    func send(
        _ audio: UnsafeMutableBufferPointer<Int16>,
        _ header: RTPHeader,
        coding: AudioCoding,
        _ content: SentContent = .plain,
        to target: StreamPointer,
        depth: Int
    ) {
        let room = PacketBuffer(rebasing: scratch[RTPHeader.length..<(RTPHeader.length + AudioCoding.maximumPayload)])
        scale(audio, by: target.pointee.sentLevel)
        let length = coding.encode(UnsafeBufferPointer(audio).span, into: room)
        var bytes = scratch.mutableSpan
        header.write(into: &bytes)
        if target.pointee.isTapped { noteSent(UnsafeBufferPointer(audio), content, target) }
        let packet = PacketBuffer(rebasing: scratch[..<(RTPHeader.length + length)])
        transmit(packet, payload: length, to: target, depth: depth)
        // The scratch buffer is used again by the next packet.
        flush(target)
    }
}

import Base
import CMedia
import RTP

/// What happens because time passes: playbacks, keys, recordings, delayed echo, timeouts.
extension MediaLoop {
    /// A loop that was held up catches up with so many frames at once; more would only be a burst in someone's ear.
    private static let maximumCatchUp = 3
    private static let tolerance = Duration.milliseconds(2)

    func advance(_ stream: StreamPointer) {
        let step = stream.pointee.core.format?.packetMilliseconds ?? 20
        var frames = 0
        while now + Self.tolerance >= stream.pointee.nextTick {
            stream.pointee.nextTick = stream.pointee.nextTick + .milliseconds(step)
            frames += 1
            guard frames <= Self.maximumCatchUp else {
                stream.pointee.nextTick = now + .milliseconds(step)
                break
            }
            advanceFrame(stream, step)
        }
        if frames > 0 { updateTimed(stream) }
    }

    private func advanceFrame(_ stream: StreamPointer, _ step: Int) {
        if stream.pointee.keys.isActive {
            sendKeys(stream)
        } else if stream.pointee.playback != nil {
            sendPlayback(stream)
        } else if stream.pointee.echoLine != nil {
            sendEcho(stream)
        }
        if stream.pointee.recording != nil, let end = stream.pointee.recording?.advance(milliseconds: step) {
            endRecording(stream, end)
        }
    }

    // MARK: - Playback

    func play(_ stream: StreamPointer, _ id: PlaybackID, _ source: any AudioSource) {
        endPlayback(stream, .replaced)
        if let format = stream.pointee.core.format, format.coding == nil {
            source.close()
            return emit(.playbackFinished(id, samples: 0, .unsupportedCodec), from: stream)
        }
        let rate = stream.pointee.core.format?.coding?.rate ?? source.rate
        stream.pointee.playback = Playback(id, source, rate: rate)
        updateTimed(stream)
    }

    func endPlayback(_ stream: StreamPointer, _ reason: PlaybackEnd, only id: PlaybackID? = nil) {
        guard let playback = stream.pointee.playback, id == nil || playback.id == id else { return }
        stream.pointee.playback = nil
        playback.source.close()
        updateTimed(stream)
        emit(.playbackFinished(playback.id, samples: playback.samples, reason), from: stream)
    }

    private func sendPlayback(_ stream: StreamPointer) {
        guard let format = stream.pointee.core.format else { return }
        guard let coding = format.coding else { return endPlayback(stream, .unsupportedCodec) }
        let count = min(coding.rate * format.packetMilliseconds / 1000, AudioCoding.maximumSamples)
        let frame = UnsafeMutableBufferPointer(rebasing: samples[..<count])
        guard stream.pointee.playback?.fill(frame) == true else { return endPlayback(stream, .completed) }
        // While the direction is off the source goes on, as if it were heard.
        guard format.sends else { return }
        send(UnsafeBufferPointer(frame), generatedHeader(stream, format), coding: coding, to: stream, depth: 0)
    }

    private func generatedHeader(_ stream: StreamPointer, _ format: StreamFormat) -> RTPHeader {
        stream.pointee.core.outbound.generate(
            payloadType: format.sendPayloadType,
            ticks: format.packetTicks,
            format: format,
            at: now
        )
    }

    private func sendEcho(_ stream: StreamPointer) {
        guard let format = stream.pointee.core.format, format.sends else { return }
        let room = PacketBuffer(rebasing: scratch[RTPHeader.length...])
        guard let length = stream.pointee.echoLine?.take(into: room, at: now) else { return }
        var bytes = scratch.mutableSpan
        generatedHeader(stream, format).write(into: &bytes)
        let packet = PacketBuffer(rebasing: scratch[..<(RTPHeader.length + length)])
        transmit(packet, payload: length, to: stream, depth: 0)
        flush(stream)
    }

    // MARK: - Keys

    private func sendKeys(_ stream: StreamPointer) {
        guard let format = stream.pointee.core.format else { return }
        let rate = format.coding?.rate ?? format.clockRate
        let count = min(rate * format.packetMilliseconds / 1000, AudioCoding.maximumSamples)
        let frame = UnsafeMutableBufferPointer(rebasing: samples[..<count])
        let now = now
        let step = stream.pointee.keys.next(
            format,
            timestamp: { stream.pointee.core.outbound.beginEvent(format: format, at: now) },
            frame: frame
        )
        switch step {
        case .event(let packet, let end):
            sendEvent(packet, stream, format)
            if let end { stream.pointee.core.outbound.endEvent(at: end) }
        case .tone:
            guard format.sends, let coding = format.coding else { return }
            send(UnsafeBufferPointer(frame), generatedHeader(stream, format), coding: coding, to: stream, depth: 0)
        case .pause:
            stream.pointee.core.outbound.pause(ticks: format.packetTicks)
        case .finished:
            break
        }
        if !stream.pointee.keys.isActive { emit(.dtmfSent, from: stream) }
    }

    private func sendEvent(_ event: TelephoneEventGenerator.Packet, _ stream: StreamPointer, _ format: StreamFormat) {
        guard format.sends, let payloadType = format.eventSend else { return }
        let header = stream.pointee.core.outbound.event(event, payloadType: payloadType, at: now)
        let length = RTPHeader.length + TelephoneEvent.length
        var bytes = scratch.mutableSpan
        header.write(into: &bytes)
        event.event.write(into: &bytes)
        transmit(PacketBuffer(rebasing: scratch[..<length]), payload: TelephoneEvent.length, to: stream, depth: 0)
        flush(stream)
    }

    // MARK: - Recording

    func record(_ stream: StreamPointer, _ id: RecordingID, _ sink: any AudioSink, _ options: RecordingOptions) {
        endRecording(stream, .replaced)
        if let format = stream.pointee.core.format, format.coding == nil {
            return emit(.recordingFinished(id, samples: 0, .unsupportedCodec), from: stream)
        }
        let rate = stream.pointee.core.format?.coding?.rate ?? 8000
        stream.pointee.recording = Recording(id, sink, options, rate: rate)
        stream.pointee.isTapped = true
        updateTimed(stream)
    }

    func endRecording(_ stream: StreamPointer, _ reason: RecordingEnd, only id: RecordingID? = nil) {
        guard let recording = stream.pointee.recording, id == nil || recording.id == id else { return }
        (stream.pointee.recording, stream.pointee.isTapped) = (nil, false)
        updateTimed(stream)
        emit(.recordingFinished(recording.id, samples: recording.samples, reason), from: stream)
    }

    // MARK: - Housekeeping

    /// Tells what the last packets meant besides being audio.
    func report(_ stream: StreamPointer) {
        stream.pointee.core.hasNews = false
        if let endpoint = stream.pointee.core.movedAddress {
            stream.pointee.core.movedAddress = nil
            setDestination(stream, endpoint, connects: false)
        }
        if let endpoint = stream.pointee.core.lockedAddress {
            stream.pointee.core.lockedAddress = nil
            setDestination(stream, endpoint, connects: true)
            emit(.remoteLocked(endpoint), from: stream)
        }
        let keys = stream.pointee.core.endedKeys
        stream.pointee.core.endedKeys = (nil, nil)
        if let key = keys.0, let event = stream.pointee.core.event(for: key) { emit(event, from: stream) }
        if let key = keys.1, let event = stream.pointee.core.event(for: key) { emit(event, from: stream) }
    }

    func keepHouse(_ stream: StreamPointer) {
        // What waited in the socket when it was connected has been read one whole turn later: epoll reports it until
        // it is.
        if stream.pointee.isConnected {
            stream.pointee.trustsKernel = stream.pointee.hasSettled
            stream.pointee.hasSettled = true
        }
        stream.pointee.controlPackets = 0
        if let event = stream.pointee.core.advance(to: now) { emit(event, from: stream) }
        if stream.pointee.core.hasNews { report(stream) }
        sendReport(stream)
    }
}

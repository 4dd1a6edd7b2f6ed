import Base
import CMedia
import RTP

/// What happens because time passes: playbacks, keys, recordings, delayed echo, timeouts.
extension MediaLoop {
    /// A loop that was held up catches up with so many frames at once; more would only be a burst in someone's ear.
    private static let maximumCatchUp = 3
    private static let tolerance = Duration.milliseconds(2)
    /// So many packet times pass before a mixture counts on no packet to be mixed into.
    private static let patience = 3
    /// So many packets of a delayed echo are sent in one packet time, because the peer's packets may be shorter.
    private static let maximumEchoes = 4

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
        takeDelayed(stream)
        if stream.pointee.keys.isActive {
            sendKeys(stream)
        } else if stream.pointee.playbacks.areInPlace {
            sendPlayback(stream)
        } else if stream.pointee.echoLine != nil {
            sendEcho(stream)
        } else if stream.pointee.isMixed {
            sendMixture(stream, step)
        }
        for recording in stream.pointee.taps.recordings {
            if let end = recording.advance(milliseconds: step) { endRecording(stream, end, only: recording.id) }
        }
        if stream.pointee.taps.advanceSilence(milliseconds: step) { emit(.silence, from: stream) }
    }

    // MARK: - Playback

    func play(_ stream: StreamPointer, _ id: PlaybackID, _ source: any AudioSource, _ mode: PlaybackMode) {
        endPlayback(stream, .replaced, only: stream.pointee.playbacks[mode]?.id)
        if let format = stream.pointee.core.format, format.coding == nil {
            source.close()
            return emit(.playbackFinished(id, samples: 0, .unsupportedCodec), from: stream)
        }
        let rate = stream.pointee.core.format?.coding?.rate ?? source.rate
        stream.pointee.playbacks[mode] = Playback(id, source, rate: rate)
        if mode == .mixed { stream.pointee.mixedAt = now }
        updateTimed(stream)
    }

    func endPlaybacks(_ stream: StreamPointer, _ reason: PlaybackEnd) {
        for mode in PlaybackMode.allCases { endPlayback(stream, reason, only: stream.pointee.playbacks[mode]?.id) }
    }

    func endPlayback(_ stream: StreamPointer, _ reason: PlaybackEnd, only id: PlaybackID?) {
        guard let id, let ended = stream.pointee.playbacks.remove(id) else { return }
        ended.source.close()
        stream.pointee.core.outbound.pause()
        updateTimed(stream)
        emit(.playbackFinished(id, samples: ended.samples, reason), from: stream)
    }

    /// Nothing was relayed for a while that the mixture could have been mixed into: it is sent by itself.
    private func sendMixture(_ stream: StreamPointer, _ step: Int) {
        guard now - stream.pointee.mixedAt > .milliseconds(step * Self.patience),
            let mixture = stream.pointee.playbacks.mixed
        else { return }
        send(mixture, stream, .mixture)
    }

    /// Sends the playback that is heard; time passes for those that it hides too.
    private func sendPlayback(_ stream: StreamPointer) {
        let (first, second) = stream.pointee.playbacks.unheard
        if let first { pass(first, stream) }
        if let second { pass(second, stream) }
        guard let top = stream.pointee.playbacks.top else { return }
        send(top, stream, stream.pointee.isMixed ? .beforeMixing : .plain)
    }

    private func pass(_ playback: Playback, _ stream: StreamPointer) {
        guard let frame = frame(for: stream) else { return }
        if !playback.fill(frame) { endPlayback(stream, .completed, only: playback.id) }
    }

    /// Room for the samples of one packet; `nil` where the format cannot be encoded here.
    private func frame(for stream: StreamPointer) -> UnsafeMutableBufferPointer<Int16>? {
        guard let format = stream.pointee.core.format, let coding = format.coding else { return nil }
        let count = min(coding.rate * format.packetMilliseconds / 1000, AudioCoding.maximumSamples)
        return UnsafeMutableBufferPointer(rebasing: samples[..<count])
    }

    private func send(_ playback: Playback, _ stream: StreamPointer, _ content: SentContent) {
        guard let format = stream.pointee.core.format else { return }
        guard let coding = format.coding, let frame = frame(for: stream) else {
            return endPlayback(stream, .unsupportedCodec, only: playback.id)
        }
        guard playback.fill(frame) else { return endPlayback(stream, .completed, only: playback.id) }
        // While the direction is off the source goes on, as if it were heard.
        guard format.sends else { return stream.pointee.core.outbound.pause() }
        var content = content
        if content == .beforeMixing {
            mixIn(frame, stream)
            content = .mixture
        }
        send(frame, generatedHeader(stream, format), coding: coding, content, to: stream, depth: 0)
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
        for _ in 0..<Self.maximumEchoes {
            guard let length = stream.pointee.echoLine?.take(into: room, at: now) else { return }
            var bytes = scratch.mutableSpan
            generatedHeader(stream, format).write(into: &bytes)
            let packet = PacketBuffer(rebasing: scratch[..<(RTPHeader.length + length)])
            transmit(packet, payload: length, to: stream, depth: 0)
            flush(stream)
        }
    }

    // MARK: - Keys

    private func sendKeys(_ stream: StreamPointer) {
        guard var format = stream.pointee.core.format else { return }
        if stream.pointee.speaksKeys { format.eventSend = nil }
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
            send(frame, generatedHeader(stream, format), coding: coding, to: stream, depth: 0)
        case .pause:
            stream.pointee.core.outbound.pause()
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
        if let format = stream.pointee.core.format, format.coding == nil {
            return emit(.recordingFinished(id, samples: 0, .unsupportedCodec), from: stream)
        }
        let rate = stream.pointee.core.format?.coding?.rate ?? 8000
        guard stream.pointee.taps.add(Recording(id, sink, options, rate: rate)) else {
            return emit(.recordingFinished(id, samples: 0, .refused), from: stream)
        }
        updateTimed(stream)
    }

    func endRecording(_ stream: StreamPointer, _ reason: RecordingEnd, only id: RecordingID) {
        guard let recording = stream.pointee.taps.remove(id) else { return }
        updateTimed(stream)
        emit(.recordingFinished(recording.id, samples: recording.samples, reason), from: stream)
    }

    func endRecordings(_ stream: StreamPointer, _ reason: RecordingEnd) {
        for recording in stream.pointee.taps.recordings { endRecording(stream, reason, only: recording.id) }
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
        if let key = keys.0, let event = stream.pointee.core.event(for: key) { report(event, from: stream) }
        if let key = keys.1, let event = stream.pointee.core.event(for: key) { report(event, from: stream) }
    }

    /// Tells of a key of the peer; the other side of a bridge hears its tone where that is wanted.
    private func report(_ key: MediaEvent, from stream: StreamPointer) {
        emit(key, from: stream)
        guard let peer = stream.pointee.peer, peer.pointee.speaksKeys, !peer.pointee.refusesKeys,
            !stream.pointee.keepsKeys, case .dtmf(let digit, let milliseconds) = key
        else { return }
        peer.pointee.keys.append(Array(String(digit).utf8), duration: .milliseconds(milliseconds))
        updateTimed(peer)
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

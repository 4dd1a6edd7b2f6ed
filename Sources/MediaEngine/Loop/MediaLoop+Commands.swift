import Base
import CMedia
import MediaDSP

/// What handles ask for; once per call and offer, never per packet.
extension MediaLoop {
    func carryOut(_ control: StreamControl) {
        while let command = control.next(for: self) {
            if control.pointer.pointee.index < 0 { adopt(control.pointer) }
            perform(command, control)
            if case .close = command { return }
        }
    }

    private func perform(_ command: StreamCommand, _ control: StreamControl) {
        let stream = control.pointer
        switch command {
        case .setHandler(let handler): stream.pointee.handler = handler
        case .update(let parameters): update(stream, parameters)
        case .relay(let parameters): relay(stream, parameters)
        case .play(let id, let source, let mode): play(stream, id, source, mode)
        case .stopPlayback(let id): endPlayback(stream, .stopped, only: id)
        case .changePlayback(let id, let change): stream.pointee.playbacks[id]?.change(change)
        case .record(let id, let sink, let options): record(stream, id, sink, options)
        case .stopRecording(let id): endRecording(stream, .stopped, only: id)
        case .setMode(let id, let mode): stream.pointee.taps.recordings.first { $0.id == id }?.mode = mode
        case .setLevel(let factor, .received): stream.pointee.receivedLevel = factor
        case .setLevel(let factor, .sent): stream.pointee.sentLevel = factor
        case .detectKeys(let isOn):
            stream.pointee.taps.detectKeys(isOn, rate: stream.pointee.core.format?.coding?.rate ?? 8000)
            updateTimed(stream)
        case .keepKeys(let isOn): stream.pointee.keepsKeys = isOn
        case .refuseKeys(let isOn): stream.pointee.refusesKeys = isOn
        case .speakKeys(let isOn): stream.pointee.speaksKeys = isOn
        case .awaitSilence(let options):
            stream.pointee.taps.awaitSilence(options)
            updateTimed(stream)
        case .silenceProgress(let reply): reply(stream.pointee.taps.silenceProgress)
        case .watchTone(let id, let options):
            stream.pointee.taps.watch(for: options, id, rate: stream.pointee.core.format?.coding?.rate ?? 8000)
            updateTimed(stream)
        case .stopWatching(let id):
            stream.pointee.taps.stopWatching(id)
            updateTimed(stream)
        case .setEcho(let mode): setEcho(stream, mode)
        case .sendDTMF(let digits, let duration):
            stream.pointee.keys.append(digits, duration: duration)
            updateTimed(stream)
        case .setJitter(let options): setJitter(stream, options)
        case .statistics(let reply): reply(stream.pointee.core.snapshot())
        case .relink: relink(control)
        case .close: close(control)
        }
    }

    private func update(_ stream: StreamPointer, _ parameters: MediaParameters) {
        let rateBefore = stream.pointee.core.format?.coding?.rate
        stream.pointee.core.update(parameters, lockWindow: configuration.lockWindow, at: now)
        stream.pointee.multiplexesRTCP = parameters.multiplexesRTCP
        stream.pointee.rtcpEndpoint = parameters.remoteRTCP ?? parameters.remote.flatMap { Self.portAfter($0) }
        if stream.pointee.reportInterval != parameters.reportInterval {
            stream.pointee.reportInterval = parameters.reportInterval
            stream.pointee.nextReport = dueReport(parameters.reportInterval)
        }
        setDestination(stream, stream.pointee.core.lock.destination, connects: false)
        plan(stream)
        if let peer = stream.pointee.peer { plan(peer) }
        if stream.pointee.core.format?.coding?.rate != rateBefore { changeRate(stream) }
    }

    /// What plays and listens goes on at the format's new rate, or ends where there is none.
    private func changeRate(_ stream: StreamPointer) {
        guard let rate = stream.pointee.core.format?.coding?.rate else {
            endPlaybacks(stream, .unsupportedCodec)
            return endRecordings(stream, .unsupportedCodec)
        }
        stream.pointee.playbacks.changeRate(to: rate)
        stream.pointee.taps.changeRate(to: rate)
    }

    private static func portAfter(_ endpoint: IPEndpoint) -> IPEndpoint? {
        endpoint.port < .max ? IPEndpoint(endpoint.address, port: endpoint.port + 1) : nil
    }

    /// Sends to `endpoint` from now on; a connected socket saves the kernel a look-up a packet, and refuses strangers.
    func setDestination(_ stream: StreamPointer, _ endpoint: IPEndpoint?, connects: Bool) {
        let fd = stream.pointee.rtp
        guard fd >= 0 else { return }
        if stream.pointee.isConnected { cmedia_udp_disconnect(fd) }
        (stream.pointee.isConnected, stream.pointee.trustsKernel, stream.pointee.hasSettled) = (false, false, false)
        guard let endpoint, endpoint.port != 0, !endpoint.address.isUnspecified else {
            stream.pointee.hasDestination = false
            return
        }
        var address = cmedia_endpoint(endpoint)
        cmedia_destination_set(&stream.pointee.destination, &address)
        stream.pointee.hasDestination = true
        if connects, cmedia_udp_connect(fd, &address) == 0 {
            stream.pointee.isConnected = true
            stream.pointee.destination.length = 0
        }
    }

    /// How what arrives at the stream gets to its peer.
    private func plan(_ stream: StreamPointer) {
        renewJitter(stream)
        (stream.pointee.resampler, stream.pointee.assembler) = (nil, nil)
        guard let peer = stream.pointee.peer else {
            stream.pointee.plan = .none
            return
        }
        let source = stream.pointee.core.format
        let target = peer.pointee.core.format
        stream.pointee.plan = RelayPlan(from: source, to: target)
        if stream.pointee.plan == .transcode, let from = source?.coding?.rate, let to = target?.coding?.rate, from != to
        {
            stream.pointee.resampler = Resampler(from: from, to: to)
        }
    }

    private func setEcho(_ stream: StreamPointer, _ mode: EchoMode) {
        (stream.pointee.echoes, stream.pointee.echoLine) = (false, nil)
        switch mode {
        case .off: break
        case .immediate: stream.pointee.echoes = true
        case .delayed(let delay):
            let milliseconds = stream.pointee.core.format?.packetMilliseconds ?? 20
            stream.pointee.echoLine = EchoLine(delay: delay, packetMilliseconds: milliseconds)
        }
        updateTimed(stream)
    }

    // MARK: - Bridges

    /// Makes the stream's bridge what the topology says; moves the stream when the other end is on another loop.
    func relink(_ control: StreamControl) {
        let stream = control.pointer
        guard control.owner === self, stream.pointee.index >= 0 else { return }
        let wanted = control.topology.peer(of: control)
        if let peer = stream.pointee.peer, peer != wanted?.pointer { unlink(stream, peer) }
        guard let wanted, stream.pointee.peer == nil else { return }
        let owner = wanted.owner
        if owner === self {
            // The other end may have been opened just now: it is adopted when its own commands are carried out.
            guard wanted.pointer.pointee.index >= 0 else { return }
            if let other = wanted.pointer.pointee.peer { unlink(wanted.pointer, other) }
            (stream.pointee.peer, wanted.pointer.pointee.peer) = (wanted.pointer, stream)
            plan(stream)
            plan(wanted.pointer)
        } else if control.id > wanted.id {
            move(stream, to: owner)
        }
    }

    private func unlink(_ stream: StreamPointer, _ peer: StreamPointer) {
        (stream.pointee.peer, peer.pointee.peer) = (nil, nil)
        plan(stream)
        plan(peer)
    }

    /// Moves a stream to another loop with all that it is linked to: links never cross loops.
    private func move(_ stream: StreamPointer, to loop: MediaLoop) {
        var group = [stream]
        var next = 0
        while next < group.count {
            for linked in [group[next].pointee.peer, group[next].pointee.twin] {
                if let linked, !group.contains(linked) { group.append(linked) }
            }
            next += 1
        }
        let controls = group.compactMap { $0.pointee.control?.takeUnretainedValue() }
        for member in group { release(member) }
        for control in controls { control.transfer(to: loop) }
        addLoad(-controls.count)
        loop.addLoad(controls.count)
        loop.receive(controls)
    }

    // MARK: - The end

    private func close(_ control: StreamControl) {
        let stream = control.pointer
        for command in control.seal() { command.refuse(because: .closed, control) }
        control.topology.unbridge(control)
        if let peer = stream.pointee.peer { unlink(stream, peer) }
        if let twin = stream.pointee.twin { (stream.pointee.twin, twin.pointee.twin) = (nil, nil) }
        endPlaybacks(stream, .closed)
        endRecordings(stream, .closed)
        sendReport(stream, isLast: true)
        count(stream)
        release(stream)
        if stream.pointee.rtp >= 0 {
            cmedia_close(stream.pointee.rtp)
            // What has no headers has no RTCP, and its port is not of the pool.
            if stream.pointee.rtcp >= 0 {
                cmedia_close(stream.pointee.rtcp)
                ports.release(stream.pointee.port)
            }
        }
        addLoad(-1)
        stream.pointee.handler = nil
        stream.pointee.control.take()?.release()
        // The state itself lives as long as the control: handles may still look at it through the queue.
    }

    func closeAll() {
        for stream in streams.reversed() {
            guard let control = stream.pointee.control?.takeUnretainedValue() else { continue }
            close(control)
        }
    }
}

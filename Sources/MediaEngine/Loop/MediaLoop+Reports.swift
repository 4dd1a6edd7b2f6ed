import Base
import CMedia
import RTP

/// RTCP: a report every few seconds each way (RFC 3550 §6.2), and a goodbye at the end (§6.6).
extension MediaLoop {
    /// The shortest time between two reports that housekeeping can keep to, and the longest.
    private static let intervalRange = Int64(500)...600_000
    /// More datagrams than this in half a second are not RTCP that deserves the work.
    private static let maximumControlPackets = 8

    func receiveControlPackets(of stream: StreamPointer) {
        let count = cmedia_batch_receive(batch, stream.pointee.rtcp, 4, true)
        for index in 0..<count {
            var address = cmedia_endpoint()
            cmedia_batch_source(batch, index, &address)
            guard let source = address.endpoint else { continue }
            let packet = PacketBuffer(
                start: cmedia_batch_data(batch, index),
                count: Int(cmedia_batch_length(batch, index))
            )
            if stream.pointee.core.isRelay {
                relayControl(packet, from: source, of: stream)
            } else {
                receivedReport(packet, from: source, of: stream)
            }
        }
        flush(stream)
    }

    /// When the next report is due; `nil` where there is to be none.
    ///
    /// That is between half of the interval and three halves, so that calls that began together do not report together
    /// (RFC 3550 §6.3.1).
    func dueReport(_ interval: Duration?) -> MonotonicInstant? {
        guard let interval else { return nil }
        let wanted = min(max(interval.wholeMilliseconds, Self.intervalRange.lowerBound), Self.intervalRange.upperBound)
        return now + .milliseconds(Int64.random(in: (wanted / 2)...(wanted * 3 / 2)))
    }

    /// RTCP came, on its own port or on that of RTP (then `source` is `nil` where the kernel vouches for it).
    func receivedReport(_ packet: PacketBuffer, from source: IPEndpoint?, of stream: StreamPointer) {
        guard stream.pointee.controlPackets < Self.maximumControlPackets else { return }
        stream.pointee.controlPackets += 1
        if let source {
            guard
                source.address == stream.pointee.core.lock.destination?.address
                    || source == stream.pointee.rtcpEndpoint
            else {
                stream.pointee.core.statistics.strayPackets &+= 1
                return
            }
            // Behind a NAT the peer's RTCP comes from another port than it announced: answers go there.
            if !stream.pointee.multiplexesRTCP { stream.pointee.rtcpEndpoint = source }
        }
        guard let compound = try? RTCPCompound(parsing: UnsafeBufferPointer(packet).span) else {
            stream.pointee.core.statistics.invalidPackets &+= 1
            return
        }
        stream.pointee.core.receivedReports(compound, ntp: NTPTimestamp(bits: cmedia_ntp_now()), at: now)
    }

    /// Sends a report when it is due, or the last one.
    func sendReport(_ stream: StreamPointer, isLast: Bool = false) {
        guard stream.pointee.rtcp >= 0, stream.pointee.core.format != nil, let due = stream.pointee.nextReport,
            isLast || now >= due
        else { return }
        stream.pointee.nextReport = dueReport(stream.pointee.reportInterval)
        guard var bytes = reportBytes(stream, isLast: isLast) else { return }
        if stream.pointee.multiplexesRTCP {
            guard stream.pointee.hasDestination else { return }
            sendControl(&bytes, stream.pointee.rtp, stream.pointee.destination)
        } else if let endpoint = stream.pointee.rtcpEndpoint, endpoint.port != 0, !endpoint.address.isUnspecified {
            // To nowhere (`c=0.0.0.0`) would be to this machine.
            var destination = cmedia_destination()
            var address = cmedia_endpoint(endpoint)
            cmedia_destination_set(&destination, &address)
            sendControl(&bytes, stream.pointee.rtcp, destination)
        }
    }

    private func sendControl(_ bytes: inout [UInt8], _ fd: Int32, _ destination: cmedia_destination) {
        var destination = destination
        bytes.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            _ = cmedia_outbox_add(outbox, fd, &destination, start, Int32(truncatingIfNeeded: buffer.count))
            _ = cmedia_outbox_flush(outbox)
        }
    }

    /// A sender report when packets were sent since the last one, else a receiver report; with the canonical name.
    ///
    /// Who never sent anything says no goodbye (RFC 3550 §6.6).
    private func reportBytes(_ stream: StreamPointer, isLast: Bool) -> [UInt8]? {
        guard let format = stream.pointee.core.format else { return nil }
        let block = stream.pointee.core.makeReportBlock(at: now)
        let blocks = block.map { [$0] } ?? []
        let outbound = stream.pointee.core.outbound
        let hasSent = outbound.packets != stream.pointee.reportedPackets
        stream.pointee.reportedPackets = outbound.packets
        guard isLast ? outbound.packets > 0 : hasSent || block != nil else { return nil }
        var compound = RTCPCompound([])
        if hasSent {
            // The timestamp must be that of this instant, not of the last packet (RFC 3550 §6.4.1).
            let elapsed = (now - outbound.lastSentAt).wholeMilliseconds * Int64(format.clockRate) / 1000
            let information = outbound.statistics.information(
                ntp: NTPTimestamp(bits: cmedia_ntp_now()),
                rtpTimestamp: outbound.lastTimestamp &+ UInt32(truncatingIfNeeded: elapsed)
            )
            compound.packets.append(.senderReport(ssrc: outbound.ssrc, information, blocks))
        } else {
            compound.packets.append(.receiverReport(ssrc: outbound.ssrc, blocks))
        }
        let description = RTCPSourceDescription(ssrc: outbound.ssrc, canonicalName: configuration.canonicalName)
        compound.packets.append(.sourceDescription([description]))
        if isLast { compound.packets.append(.goodbye([outbound.ssrc], reason: nil)) }
        return compound.serialized()
    }
}

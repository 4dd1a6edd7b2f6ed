import Base
import RTP

/// Packets that wait, so that they go on evenly (`jitterbuffer`).
extension MediaLoop {
    /// Delays what arrives from now on, in another way, or no longer.
    func setJitter(_ stream: StreamPointer, _ options: JitterOptions?) {
        stream.pointee.jitterOptions = options
        renewJitter(stream)
    }

    /// Makes the buffer what the options, the format and the bridge of the stream say.
    func renewJitter(_ stream: StreamPointer) {
        let isBridged = stream.pointee.peer != nil
        guard let options = stream.pointee.jitterOptions, let format = stream.pointee.core.format, !options.isPaused,
            options.delaysBridges || !isBridged
        else {
            stream.pointee.jitter = nil
            return updateTimed(stream)
        }
        let length = format.packetMilliseconds
        let isRight = stream.pointee.jitter?.suits(options, packetMilliseconds: length) ?? false
        if !isRight { stream.pointee.jitter = JitterDelay(options, packetMilliseconds: length) }
        updateTimed(stream)
    }

    /// Lets a packet wait.
    ///
    /// - Returns: Whether it does; else it goes on at once.
    func delay(_ packet: PacketBuffer, _ view: RTPPacketView, _ stream: StreamPointer) -> Bool {
        stream.pointee.jitter?.insert(view.header, UnsafeBufferPointer(rebasing: packet[view.payload])) ?? false
    }

    /// The packet whose time it is goes on as if it came now.
    func takeDelayed(_ stream: StreamPointer) {
        let room = PacketBuffer(rebasing: delayed[RTPHeader.length...])
        guard let (header, count) = stream.pointee.jitter?.next(into: room) else { return }
        var bytes = delayed.mutableSpan
        header.write(into: &bytes)
        let packet = PacketBuffer(rebasing: delayed[..<(RTPHeader.length + count)])
        guard let view = try? RTPPacketView(parsing: UnsafeBufferPointer(packet).span),
            let format = stream.pointee.core.format
        else { return }
        goOn(packet, format.arrival(of: view), stream, depth: 0)
        flush(stream)
    }
}

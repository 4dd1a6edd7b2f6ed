import Base
import Logging
public import MediaEngine

/// Telling in the log what audio comes and goes (`debug_media`, `uuid_debug_media`).
extension Session {
    /// How often a line is written.
    private static let traceInterval = Duration.seconds(1)

    /// Writes what comes in these directions into the log, once a second, or no longer does; false without audio.
    @discardableResult
    public func traceMedia(_ directions: Set<AudioDirection>, _ isOn: Bool) -> Bool {
        guard !isOver, media != nil else { return false }
        if isOn { tracedDirections.formUnion(directions) } else { tracedDirections.subtract(directions) }
        if tracedDirections.isEmpty {
            mediaTrace?.cancel()
            mediaTrace = nil
        } else if mediaTrace == nil {
            mediaTrace = Task(executorPreference: loop) { await self.writeTrace() }
        }
        return true
    }

    private func writeTrace() async {
        var last = await statistics(closing: false) ?? MediaStatistics()
        while !isOver, !Task.isCancelled {
            do { try await loop.sleep(for: Self.traceInterval) } catch { return }
            guard !isOver, !Task.isCancelled, let figures = await statistics(closing: false) else { continue }
            if tracedDirections.contains(.received) {
                logger.notice(
                    "media received",
                    metadata: [
                        "packets": "\(figures.packetsReceived &- last.packetsReceived)",
                        "octets": "\(figures.octetsReceived &- last.octetsReceived)",
                        "lost": "\(figures.packetsLost &- last.packetsLost)",
                        "jitter_ms": "\(figures.jitterMilliseconds.text(places: 2))",
                    ]
                )
            }
            if tracedDirections.contains(.sent) {
                logger.notice(
                    "media sent",
                    metadata: [
                        "packets": "\(figures.packetsSent &- last.packetsSent)",
                        "octets": "\(figures.octetsSent &- last.octetsSent)",
                        "dropped": "\(figures.packetsDropped &- last.packetsDropped)",
                    ]
                )
            }
            last = figures
        }
    }
}

extension AudioDirection {
    /// What `read`, `write`, `both` and `all` mean; `nil` for anything else.
    public static func traced(_ word: String) -> Set<AudioDirection>? {
        switch word.lowercased() {
        case "read": [.received]
        case "write": [.sent]
        case "both", "all": [.received, .sent]
        default: nil
        }
    }
}

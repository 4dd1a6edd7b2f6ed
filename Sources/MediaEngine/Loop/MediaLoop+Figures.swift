import Base

/// What the loop tells of itself; it is put together when somebody asks.
extension MediaLoop {
    /// Asks for the figures; the answer comes on the loop, or at once when it has ended.
    func ask(_ reply: @escaping @Sendable (MediaLoopFigures) -> Void) {
        let asked = MonotonicInstant.now
        post { figures in
            var figures = figures
            figures.delayNanoseconds = (MonotonicInstant.now - asked).wholeNanoseconds
            reply(figures)
        }
    }

    func figures() -> MediaLoopFigures {
        var figures = MediaLoopFigures()
        for stream in streams {
            figures.quality.add(count(stream))
        }
        (figures.streams, figures.traffic, figures.cpuNanoseconds) = (streams.count, traffic, cpuNanoseconds)
        return figures
    }

    /// Adds what a stream has moved since it was counted last, on whatever loop that was.
    ///
    /// - Returns: The figures of the stream.
    @discardableResult
    func count(_ stream: StreamPointer) -> MediaStatistics {
        let statistics = stream.pointee.core.snapshot()
        let present = MediaTraffic(statistics)
        traffic.add(present, since: stream.pointee.counted)
        stream.pointee.counted = present
        return statistics
    }
}

import Base

/// What somebody asks a loop.
enum MediaLoopQuestion: Sendable {
    case figures(@Sendable (MediaLoopFigures) -> Void)
    case paths(@Sendable ([MediaPath]) -> Void)

    /// Answers when there is no loop any more.
    func answerNothing() {
        switch self {
        case .figures(let reply): reply(MediaLoopFigures())
        case .paths(let reply): reply([])
        }
    }
}

/// What the loop tells of itself; it is put together when somebody asks.
extension MediaLoop {
    /// Asks for the figures; the answer comes on the loop, or at once when it has ended.
    func ask(_ reply: @escaping @Sendable (MediaLoopFigures) -> Void) {
        let asked = MonotonicInstant.now
        post(
            .figures { figures in
                var figures = figures
                figures.delayNanoseconds = (MonotonicInstant.now - asked).wholeNanoseconds
                reply(figures)
            }
        )
    }

    /// Asks how the streams fare; the answer comes on the loop, or at once when it has ended.
    func askPaths(_ reply: @escaping @Sendable ([MediaPath]) -> Void) {
        post(.paths(reply))
    }

    func answer(_ question: MediaLoopQuestion) {
        switch question {
        case .figures(let reply): reply(figures())
        case .paths(let reply): reply(paths())
        }
    }

    private func paths() -> [MediaPath] {
        streams.compactMap { stream in
            guard stream.pointee.rtp >= 0, let remote = stream.pointee.core.lock.destination?.address else {
                return nil
            }
            return MediaPath(id: stream.pointee.id, remote: remote, statistics: stream.pointee.core.snapshot())
        }
    }

    private func figures() -> MediaLoopFigures {
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

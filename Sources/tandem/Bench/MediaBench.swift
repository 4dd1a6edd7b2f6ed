import MediaEngine

/// Relaying audio, beside a plain relay in C in the same run.
enum MediaBench {
    static func run(calls: Int) async throws {
        print("media, \(calls) bridged calls of G.711, 20 ms")
        var load = MediaBenchmark.Load()
        load.calls = min(max(calls, 1), MediaBenchmark.maximumCalls)
        let report = try await MediaBenchmark.run(load)
        Stopwatch.report("the engine, a packet", report.engine.microsecondsPerPacket * 1000)
        Stopwatch.report("epoll, recvfrom and sendto in C, a packet", report.plain.microsecondsPerPacket * 1000)
        print("ratio \(Double(Int(report.ratio * 100)) / 100); \(report.callsPerCore) calls per core\n")
    }
}

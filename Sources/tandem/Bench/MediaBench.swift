import Base
import MediaEngine

/// Relaying audio, beside a plain relay in C in the same run.
enum MediaBench {
    static let possibleCalls = 1...MediaBenchmark.maximumCalls

    /// Measures both relays in rounds of a second, for `seconds` each.
    static func run(seconds: Double, calls: Int) async throws -> String {
        var load = MediaBenchmark.Load()
        load.calls = calls
        load.seconds = 1
        load.rounds = max(Int(seconds), 1)
        let report = try await MediaBenchmark.run(load)
        var table = BenchTable("media, \(calls) bridged calls of G.711, 20 ms", unit: "packet")
        for (name, figures) in [("the media engine", report.engine), ("epoll, recvfrom and sendto in C", report.plain)]
        {
            table.add(name, Timing([figures.microsecondsPerPacket * 1000]))
        }
        return table.text + """
              packets of the last median round that arrived: \(share(report.engine)) and \(share(report.plain))
              the engine needs \(report.ratio.text(places: 2)) times what the plain relay needs; \
            one core carries \(BenchTable.grouped(report.callsPerCore)) bridged calls

            """
    }

    private static func share(_ figures: MediaBenchmark.Figures) -> String {
        "\(BenchTable.grouped(figures.packets)) of \(BenchTable.grouped(figures.offered))"
    }
}

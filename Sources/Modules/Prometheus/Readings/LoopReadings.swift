import Base
import SwitchCore

/// How busy the loops are that calls live on, under the names that media loops have too.
enum LoopReadings {
    static func families(_ softswitch: Switch) async -> [MetricFamily] {
        var (used, delays): ([Metric.Sample], [Metric.Sample]) = ([], [])
        for (number, loop) in softswitch.loops.loops.enumerated() {
            let labels = [("loop", "calls-\(number)")]
            let asked = MachineClock.monotonic.seconds
            let (cpu, answered) = await withCheckedContinuation { continuation in
                loop.execute {
                    let readings = (MachineClock.threadProcessor.seconds, MachineClock.monotonic.seconds)
                    continuation.resume(returning: readings)
                }
            }
            used.append(Metric.Sample(cpu, labels))
            delays.append(Metric.Sample(answered - asked, labels))
        }
        return [
            MetricFamily(
                "loop_cpu_seconds",
                .counter,
                "CPU time of the threads that calls and media live on.",
                used
            ),
            MetricFamily(
                "loop_delay_seconds",
                .gauge,
                "How long it took the loop to come to this question.",
                delays
            ),
        ]
    }
}

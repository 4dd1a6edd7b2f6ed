import Base
import Glibc
import SwitchCore

/// What the process uses, under the names that all programs have for it.
enum ProcessReadings {
    /// - Parameter startTime: In microseconds since 1970.
    static func families(startTime: Int64) -> [MetricFamily] {
        // proc_pid_statm(5): the size and what of it is resident, in pages.
        let pages = firstLine("/proc/self/statm").split(separator: " ").compactMap { Double($0) }
        let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
        return [
            family("cpu_seconds", .counter, "CPU time that the process has used.", MachineClock.processor.seconds),
            family(
                "resident_memory_bytes",
                .gauge,
                "Memory that is resident.",
                pages.count > 1 ? pages[1] * pageSize : nil
            ),
            family("virtual_memory_bytes", .gauge, "Memory that is mapped.", pages.first.map { $0 * pageSize }),
            family("open_fds", .gauge, "Files and sockets that are open.", openDescriptors()),
            family("max_fds", .gauge, "Files and sockets that may be open.", descriptorLimit()),
            family(
                "start_time_seconds",
                .gauge,
                "When the switch started, in seconds since 1970.",
                Double(startTime) / 1e6
            ),
        ]
    }

    private static func family(_ name: String, _ kind: Metric.Kind, _ help: String, _ value: Double?) -> MetricFamily {
        MetricFamily(fullName: "process_" + name, kind, help, value.map { [Metric.Sample($0)] } ?? [])
    }

    private static func openDescriptors() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Without ".", ".." and the directory itself.
        return Double(max(count - 3, 0))
    }

    private static func descriptorLimit() -> Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }

    private static func firstLine(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return "" }
        return String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

import Base
import Glibc

/// Whether the switch can write where it has to.
enum DiskReading {
    /// Fewer parts of a thousand than this are too few for calls that are recorded.
    private static let least = 10.0

    /// Why it cannot; `nil` when it can.
    static func fault(of directories: [String]) -> String? {
        for directory in directories {
            var status = statvfs()
            guard statvfs(directory, &status) == 0 else { continue }
            if status.f_flag & UInt(ST_RDONLY) != 0 { return "\(directory) takes no changes" }
            guard status.f_blocks > 0 else { continue }
            let share = Double(status.f_bavail) / Double(status.f_blocks) * 1000
            if share < least { return "\(directory) is full" }
        }
        return nil
    }
}

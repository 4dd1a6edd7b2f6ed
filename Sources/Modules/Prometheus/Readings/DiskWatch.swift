import Base
import Glibc
import MediaEngine
import Synchronization

/// Whether the switch can write where it has to.
///
/// A disk of the network may not answer for minutes: one look waits for it, on a thread for files, and nobody else does.
final class DiskWatch: Sendable {
    /// Fewer parts of a thousand than this are too few for calls that are recorded.
    private static let least = 10.0
    /// After how long a disk that does not answer is not fit for use.
    private static let patience = Duration.seconds(2)

    private struct State {
        var askedAt: MonotonicInstant?
        var fault: String?
    }

    private let state = Mutex(State())

    /// Why it cannot; `nil` when it can.
    ///
    /// While somebody else waits for the disk, it is what was found before.
    ///
    /// - Parameter look: Asks the system.
    func fault(
        of directories: [String],
        audio: AudioLibrary,
        at now: MonotonicInstant,
        look: @escaping @Sendable ([String]) -> String? = DiskWatch.look
    ) async -> String? {
        let known = state.withLock { state -> String?? in
            guard let askedAt = state.askedAt else {
                state.askedAt = now
                return nil
            }
            return now - askedAt < Self.patience ? state.fault : "no answer"
        }
        if let known { return known }
        let fault: String?
        do {
            fault = try await audio.onFileThread { look(directories) }
        } catch {
            fault = "too much waits for files"
        }
        state.withLock { $0 = State(fault: fault) }
        return fault
    }

    /// Why one of these directories cannot be written to; the program has made all of them at its start.
    static func look(at directories: [String]) -> String? {
        for directory in directories {
            var status = statvfs()
            guard statvfs(directory, &status) == 0 else {
                let isMissing = errno == ENOENT || errno == ENOTDIR
                return isMissing ? "\(directory) is not there" : "\(directory) cannot be reached"
            }
            if status.f_flag & UInt(ST_RDONLY) != 0 { return "\(directory) takes no changes" }
            guard status.f_blocks > 0 else { continue }
            let share = Double(status.f_bavail) / Double(status.f_blocks) * 1000
            if share < least { return "\(directory) is full" }
        }
        return nil
    }
}

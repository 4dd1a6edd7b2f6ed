import Base
import Glibc
import SwitchCore
import Synchronization

/// A file that grows until it is rotated.
final class LogFile: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        var length = 0
        /// How often a dated name was used, so that two rotations in a second do not meet.
        var rotations = 0
        /// Whether the last attempt to write failed: it is said once, on the terminal.
        var isBroken = false
    }

    private let settings: LogFileSettings.Profile
    private let state = Mutex(State())
    private let stamp: @Sendable () -> String

    /// - Parameter stamp: The present time as a part of a file's name.
    init(_ settings: LogFileSettings.Profile, stamp: @escaping @Sendable () -> String) {
        (self.settings, self.stamp) = (settings, stamp)
    }

    deinit {
        state.withLock { Self.close(&$0) }
    }

    /// Opens the file, so that a path that cannot be written is known at once.
    func open() throws(LogFileError) {
        try state.withLock { state throws(LogFileError) in try open(&state) }
    }

    /// Adds lines, and rotates the file when it has grown too long.
    func write(_ records: [LogRecord]) {
        let records = records.filter { settings.mappings.include($0) }
        guard !records.isEmpty else { return }
        var text = ""
        for record in records {
            text += settings.format == .json ? record.jsonLine : record.plainLine(withChannel: settings.showsChannel)
            text += "\n"
        }
        let bytes = Array(text.utf8)
        state.withLock { state in
            do throws(LogFileError) {
                try open(&state)
                guard DescriptorOutput.write(bytes, to: state.descriptor) else { throw LogFileError(settings.path) }
                state.length += bytes.count
                state.isBroken = false
                if settings.rollover > 0, state.length >= settings.rollover { try rotate(&state) }
            } catch {
                if !state.isBroken {
                    _ = DescriptorOutput.write(Array("the log cannot be written: \(error)\n".utf8), to: STDERR_FILENO)
                }
                state.isBroken = true
                Self.close(&state)
            }
        }
    }

    /// Begins a new file; the old one gets another name.
    func rotate() throws(LogFileError) {
        try state.withLock { state throws(LogFileError) in try rotate(&state) }
    }

    /// Closes the file and opens it by its name, which something else may have given to a new file.
    func reopen() throws(LogFileError) {
        try state.withLock { state throws(LogFileError) in
            Self.close(&state)
            try open(&state)
        }
    }

    private func open(_ state: inout State) throws(LogFileError) {
        guard state.descriptor < 0 else { return }
        state.descriptor = Glibc.open(settings.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard state.descriptor >= 0 else { throw LogFileError(settings.path) }
        state.length = max(lseek(state.descriptor, 0, SEEK_END), 0)
    }

    private func rotate(_ state: inout State) throws(LogFileError) {
        Self.close(&state)
        if let kept = settings.maximumRotate {
            // The oldest falls out; the others move up by one.
            for number in stride(from: kept - 1, to: 0, by: -1) {
                _ = rename("\(settings.path).\(number)", "\(settings.path).\(number + 1)")
            }
            try move(to: "\(settings.path).1")
        } else {
            state.rotations += 1
            try move(to: "\(settings.path).\(stamp()).\(state.rotations)")
        }
        try open(&state)
    }

    private func move(to path: String) throws(LogFileError) {
        guard rename(settings.path, path) == 0 || errno == ENOENT else { throw LogFileError(path) }
    }

    private static func close(_ state: inout State) {
        if state.descriptor >= 0 { _ = Glibc.close(state.descriptor) }
        state.descriptor = -1
    }
}

/// Why a log file cannot be written.
struct LogFileError: Error, CustomStringConvertible {
    let description: String

    /// What the system says about a path.
    init(_ path: String) {
        description = "\(path): \(String(cString: strerror(errno)))"
    }
}

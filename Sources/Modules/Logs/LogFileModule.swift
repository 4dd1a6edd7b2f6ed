import Logging
import NIOPosix
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_logfile`: the log in files, each with its levels, rotated by length and on `SIGHUP`.
public final class LogFileModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_logfile"

    private struct Output {
        let file: LogFile
        let writer: LogWriter
    }

    private struct State {
        var outputs: [Output] = []
        var rotatesOnHangUp = false
    }

    private let softswitch: Switch
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let signals: RotationSignal
    private let state = Mutex(State())

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
        signals = RotationSignal(softswitch)
    }

    /// Reads `logfile.conf`, opens the files and begins to write.
    public func start() async throws {
        thread.start()
        do {
            try await apply()
        } catch {
            try? await thread.shutdownGracefully()
            throw error
        }
        signals.start { [weak self] _ in self?.hangUp() }
        softswitch.metrics.register(
            Metric.linesDropped(by: Self.name) { [weak self] in
                self?.state.withLock { $0.outputs.reduce(0) { $0 &+ $1.writer.droppedCount } } ?? 0
            },
            as: "logfile_dropped"
        )
    }

    /// Applies a changed `logfile.conf`; when it is wrong, the files stay as they are.
    public func reload() async throws { try await apply() }

    /// Writes what is queued and closes the files.
    public func stop() async {
        signals.stop()
        await replace(with: [])
        try? await thread.shutdownGracefully()
    }

    private func apply() async throws {
        guard let xml = await softswitch.xml.configuration(named: "logfile.conf") else { return }
        var diagnostics: [Diagnostic] = []
        let settings = try LogFileSettings(
            xml: xml,
            logDirectory: softswitch.directories.log,
            diagnostics: &diagnostics
        )
        for diagnostic in diagnostics { softswitch.logger.warning("\(diagnostic)") }
        let softswitch = softswitch
        let outputs = try settings.profiles.map { profile in
            let file = LogFile(profile) { RotationSignal.stamp(softswitch) }
            try file.open()
            let writer = LogWriter(softswitch.log, thread: thread) { file.write($0) }
            return (output: Output(file: file, writer: writer), level: profile.mappings.level)
        }
        state.withLock { $0.rotatesOnHangUp = settings.rotatesOnHangUp }
        await replace(with: outputs.map(\.output))
        for (output, level) in outputs { output.writer.start(from: level) }
    }

    private func replace(with outputs: [Output]) async {
        let old = state.withLock { state in
            defer { state.outputs = outputs }
            return state.outputs
        }
        for output in old { await output.writer.stop() }
    }

    private func hangUp() {
        let (files, rotates) = state.withLock { ($0.outputs.map(\.file), $0.rotatesOnHangUp) }
        for file in files {
            do throws(LogFileError) {
                if rotates { try file.rotate() } else { try file.reopen() }
            } catch {
                softswitch.logger.error("the log file cannot be rotated: \(error)")
            }
        }
    }
}

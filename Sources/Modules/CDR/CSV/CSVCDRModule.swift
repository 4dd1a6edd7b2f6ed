public import SwitchCore

/// `mod_cdr_csv`: a line about each channel that ended, after a template.
public final class CSVCDRModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_cdr_csv"

    private let recorder: CSVRecorder

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        recorder = CSVRecorder(softswitch)
    }

    /// Reads `cdr_csv.conf`, registers the command `cdr_csv` and begins to record.
    public func start() async throws { try await recorder.start() }

    /// Applies a changed `cdr_csv.conf`.
    public func reload() async throws { try await recorder.apply() }

    /// Writes what is queued.
    public func stop() async { await recorder.stop() }
}

public import SwitchCore

/// `mod_json_cdr`: a document in JSON about each channel that ended.
public final class JSONCDRModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_json_cdr"

    private let recorder: DocumentRecorder

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        recorder = DocumentRecorder(.json, softswitch)
    }

    /// Reads `json_cdr.conf`, takes over what an earlier run has not delivered, and begins to record.
    public func start() async throws { try await recorder.start() }

    /// Applies a changed `json_cdr.conf`.
    public func reload() async throws { try await recorder.reload() }

    /// Writes what is queued; what is not delivered waits in the spool for the next start.
    public func stop() async { await recorder.stop() }
}

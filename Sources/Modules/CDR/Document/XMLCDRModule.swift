public import SwitchCore

/// `mod_xml_cdr`: a document in XML about each channel that ended.
public final class XMLCDRModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_xml_cdr"

    private let recorder: DocumentRecorder

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        recorder = DocumentRecorder(.xml, softswitch)
    }

    /// Reads `xml_cdr.conf`, takes over what an earlier run has not delivered, and begins to record.
    public func start() async throws { try await recorder.start() }

    /// Applies a changed `xml_cdr.conf`.
    public func reload() async throws { try await recorder.reload() }

    /// Writes what is queued; what is not delivered waits in the spool for the next start.
    public func stop() async { await recorder.stop() }
}

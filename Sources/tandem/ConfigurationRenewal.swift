import Logging
import XMLConfig

/// Reads a configuration anew and puts it in force; one that is wrong changes nothing, and the log says why.
///
/// - Parameter work: Reads it, and throws where something is wrong before anything of it is in force.
func renewConfiguration(_ logger: Logger, _ work: () async throws -> Void) async {
    do {
        try await work()
    } catch let error as ConfigurationError {
        for diagnostic in error.diagnostics { logger.error("\(diagnostic)") }
        logger.error("the configuration stays as it was")
    } catch {
        logger.error("the configuration stays as it was: \(error)")
    }
}

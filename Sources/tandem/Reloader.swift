import Base
import Logging
import NIOPosix
import SwitchCore
import Synchronization
import XMLConfig

/// Reads the configuration anew and lets everything apply it (`reloadxml`, SIGHUP).
final class Reloader: Sendable {
    private let box = Mutex<Switch?>(nil)
    private let reloads = SerialTasks<String?>()
    private let threads: NIOThreadPool

    /// - Parameter threads: Where reading waits for files, commands and STUN servers, so that no call has to.
    init(threads: NIOThreadPool) {
        self.threads = threads
    }

    /// The switch whose configuration it reads.
    var softswitch: Switch? {
        get { box.withLock { $0 } }
        set { box.withLock { $0 = newValue } }
    }

    /// Reloads; a broken file leaves the running configuration in force.
    ///
    /// One reload after the other: what was read first must not be applied last.
    ///
    /// - Returns: What is wrong, or `nil`.
    func reload() async -> String? { await reloads.run { await self.readAndApply() } }

    private func readAndApply() async -> String? {
        guard let softswitch else { return "the switch is not running yet" }
        do {
            _ = try await threads.runIfActive { try softswitch.xml.reload() }
        } catch {
            softswitch.logger.error("the configuration was not reloaded: \(error)")
            return "\(error)"
        }
        if let xml = await softswitch.xml.configuration(named: "switch.conf") {
            var diagnostics: [Diagnostic] = []
            do {
                softswitch.configuration = try SwitchConfiguration(xml: xml, diagnostics: &diagnostics)
                softswitch.log.limit = softswitch.configuration.logLevel.logLevel ?? .critical
                for diagnostic in diagnostics where diagnostic.severity > .note {
                    softswitch.logger.warning("\(diagnostic)")
                }
            } catch {
                softswitch.logger.error("switch.conf was not applied: \(error)")
            }
        }
        softswitch.accessLists = await AccessControlLists.load(
            from: softswitch.xml,
            localNetworks: LocalAddresses.networks()
        )
        await softswitch.modules.reloadAll(softswitch)
        softswitch.logger.notice("the configuration was reloaded")
        return nil
    }
}

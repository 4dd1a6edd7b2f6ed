import Logging
import SwitchCore
import Synchronization
import XMLConfig

/// Reads the configuration anew and lets everything apply it (`reloadxml`, SIGHUP).
final class Reloader: Sendable {
    private let box = Mutex<Switch?>(nil)

    /// The switch whose configuration it reads.
    var softswitch: Switch? {
        get { box.withLock { $0 } }
        set { box.withLock { $0 = newValue } }
    }

    /// Reloads; a broken file leaves the running configuration in force.
    ///
    /// - Returns: What is wrong, or `nil`.
    func reload() async -> String? {
        guard let softswitch else { return "the switch is not running yet" }
        do {
            try softswitch.xml.reload()
        } catch {
            softswitch.logger.error("the configuration was not reloaded: \(error)")
            return "\(error)"
        }
        if let xml = await softswitch.xml.configuration(named: "switch.conf") {
            var diagnostics: [Diagnostic] = []
            do {
                softswitch.configuration = try SwitchConfiguration(xml: xml, diagnostics: &diagnostics)
            } catch {
                softswitch.logger.error("switch.conf was not applied: \(error)")
            }
        }
        softswitch.accessLists = await AccessControlLists.load(
            from: softswitch.xml,
            localNetworks: LocalAddresses.networks()
        )
        await softswitch.modules.reloadAll(softswitch)
        softswitch.events.publish(.reloadxml) { softswitch.makeEvent(.reloadxml) }
        softswitch.logger.notice("the configuration was reloaded")
        return nil
    }
}

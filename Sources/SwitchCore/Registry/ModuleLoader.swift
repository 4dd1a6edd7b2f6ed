import Base
import Logging
import Synchronization
import XMLConfig

/// Loads the modules that `modules.conf` names, from the catalogue of those that this program has.
public final class ModuleLoader: Sendable {
    /// What the program can load.
    public let catalogue: ModuleCatalogue
    /// The module that is being loaded, whose name is kept with what it registers; the switch's own outside of that.
    @TaskLocal static var current = "CORE"
    private let loaded = Mutex<[any Module]>([])

    init(_ catalogue: ModuleCatalogue) {
        self.catalogue = catalogue
    }

    /// The names of the loaded modules in load order.
    public var names: [String] {
        loaded.withLock { modules in modules.map { type(of: $0).name } }
    }

    /// The loaded module of a name.
    public func module(named name: String) -> (any Module)? {
        loaded.withLock { modules in modules.first { type(of: $0).name == name } }
    }

    /// Loads what the three lists of modules name, in order.
    ///
    /// A module that this program does not have is warned about and passed over, so that an existing `modules.conf`
    /// works; one that cannot start is an error, and ends the start when it is `critical`.
    public func loadAll(into softswitch: Switch) async throws {
        for file in ["pre_load_modules.conf", "modules.conf", "post_load_modules.conf"] {
            guard let configuration = await softswitch.xml.configuration(named: file) else { continue }
            guard let list = configuration.first("modules") else { continue }
            for node in list.children(named: "load") {
                guard let name = node[attribute: "module"] else { continue }
                do {
                    try await load(Self.bareName(name), into: softswitch)
                } catch {
                    let place = "\(node.location)"
                    softswitch.logger.error("\(error)", metadata: ["module": "\(name)", "at": "\(place)"])
                    if node[attribute: "critical"]?.isTrueSetting == true { throw error }
                }
            }
        }
    }

    /// Loads one module; a module that is loaded already stays as it is.
    public func load(_ name: String, into softswitch: Switch) async throws {
        guard !names.contains(name) else { return }
        guard let entry = catalogue[name] else {
            softswitch.logger.warning("this version has no such module", metadata: ["module": "\(name)"])
            return
        }
        let module = entry.make(softswitch)
        try await Self.$current.withValue(name) { try await module.start() }
        loaded.withLock { $0.append(module) }
        softswitch.changes.note(.interfaces)
        softswitch.logger.info("module loaded", metadata: ["module": "\(name)"])
        softswitch.events.publish(.moduleLoad) {
            var event = softswitch.makeEvent(.moduleLoad)
            event.add("type", "module")
            event.add("name", name)
            return event
        }
    }

    /// Stops a module and takes out what it registered.
    ///
    /// - Returns: Whether it was loaded.
    public func unload(_ name: String, from softswitch: Switch) async -> Bool {
        let module = loaded.withLock { modules in
            modules.firstIndex { type(of: $0).name == name }.map { modules.remove(at: $0) }
        }
        guard let module else { return false }
        softswitch.forget(module: name)
        await module.stop()
        softswitch.logger.info("module unloaded", metadata: ["module": "\(name)"])
        softswitch.events.publish(.moduleUnload) {
            var event = softswitch.makeEvent(.moduleUnload)
            event.add("type", "module")
            event.add("name", name)
            return event
        }
        return true
    }

    /// Lets every module apply the configuration anew, and tells of it; one that refuses keeps what it had.
    public func reloadAll(_ softswitch: Switch) async {
        for module in loaded.withLock({ $0 }) {
            do {
                try await module.reload()
            } catch {
                softswitch.logger.error("\(error)", metadata: ["module": "\(type(of: module).name)"])
            }
        }
        softswitch.events.publish(.reloadxml) { softswitch.makeEvent(.reloadxml) }
    }

    /// Stops the modules, the last loaded first.
    public func stopAll() async {
        let modules = loaded.withLock { modules in
            defer { modules = [] }
            return modules
        }
        for module in modules.reversed() { await module.stop() }
    }

    /// `mod_sofia` for `/usr/lib/freeswitch/mod/mod_sofia.so`.
    public static func bareName(_ name: String) -> String {
        let file = name.split(separator: "/").last.map(String.init) ?? name
        return file.hasSuffix(".so") ? String(file.dropLast(3)) : file
    }
}

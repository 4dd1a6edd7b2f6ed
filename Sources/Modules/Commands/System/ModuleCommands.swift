import SwitchCore

/// Loading and unloading modules.
enum ModuleCommands {
    static func all(_ control: ProgramControl) -> [APICommand] {
        [
            APICommand("module_exists", syntax: "<module>", summary: "whether a module is loaded") { context, name in
                String(context.softswitch.modules.names.contains(ModuleLoader.bareName(name)))
            },
            APICommand("load", syntax: "<mod_name>", summary: "loads a module") { context, name in
                guard !name.isEmpty else { return CommandText.usage("<mod_name>") }
                if let failure = await control.reload() { return "\(reloaded)-ERR [\(failure)]\n" }
                let failure = await load(ModuleLoader.bareName(name), context.softswitch)
                return reloaded + (failure.map { "-ERR [\($0)]\n" } ?? CommandText.done)
            },
            APICommand("unload", syntax: unloadSyntax, summary: "stops a module") { context, text in
                guard let name = module(in: text) else { return CommandText.usage(unloadSyntax) }
                let isUnloaded = await context.softswitch.modules.unload(name, from: context.softswitch)
                return isUnloaded ? CommandText.done : "-ERR [No such module!]\n"
            },
            APICommand("reload", syntax: unloadSyntax, summary: "stops a module and loads it again") { context, text in
                guard let name = module(in: text) else { return CommandText.usage(unloadSyntax) }
                if let failure = await control.reload() { return "\(reloaded)-ERR [\(failure)]\n" }
                let isUnloaded = await context.softswitch.modules.unload(name, from: context.softswitch)
                let failure = await load(name, context.softswitch)
                return reloaded
                    + (isUnloaded ? "+OK module unloaded\n" : "-ERR unloading module [No such module!]\n")
                    + (failure.map { "-ERR loading module [\($0)]\n" } ?? "+OK module loaded\n")
            },
        ]
    }

    private static let unloadSyntax = "[-f] <mod_name>"
    /// The configuration may have been changed for the module.
    private static let reloaded = "+OK Reloading XML\n"

    private static func module(in text: String) -> String? {
        let words = CommandText.words(of: text).filter { $0 != "-f" && !$0.isEmpty }
        return words.count == 1 ? ModuleLoader.bareName(words[0]) : nil
    }

    /// Loads a module; gives what went wrong, or `nil`.
    private static func load(_ name: String, _ softswitch: Switch) async -> String? {
        guard !softswitch.modules.names.contains(name) else { return "Module already loaded" }
        guard softswitch.modules.catalogue[name] != nil else { return "this version has no such module" }
        do {
            try await softswitch.modules.load(name, into: softswitch)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

/// Something that a module offers, as the table of interfaces lists it.
public struct InterfaceRow: Sendable {
    /// What kind of thing it is: `application`.
    public let type: String
    /// Its name.
    public let name: String
    /// The module that offers it.
    public let module: String

    /// What the media engine has, under the modules that it stands for.
    private static let ofTheEngine = [
        ("codec", "G.711 alaw", "CORE_PCM_MODULE"), ("codec", "G.711 ulaw", "CORE_PCM_MODULE"),
        ("codec", "RAW Signed Linear (16 bit)", "CORE_PCM_MODULE"), ("timer", "soft", "CORE_SOFTTIMER_MODULE"),
        ("file", "file_string", "mod_dptools"), ("file", "local_stream", "mod_local_stream"),
        ("file", "silence_stream", "mod_tone_stream"), ("file", "tone_stream", "mod_tone_stream"),
        ("file", "wav", "mod_sndfile"),
    ]

    /// Everything that a switch has, by type and name.
    static func all(of softswitch: Switch) -> [InterfaceRow] {
        var rows: [InterfaceRow] = []
        func add<Element>(_ type: String, _ registry: Registry<Element>) {
            rows += registry.names.map { InterfaceRow(type: type, name: $0, module: registry.module(of: $0) ?? "") }
        }
        add("api", softswitch.commands)
        add("application", softswitch.applications)
        add("chat", softswitch.chats)
        add("chat", softswitch.chatplans)
        add("dialplan", softswitch.dialplans)
        add("endpoint", softswitch.endpoints)
        add("limit", softswitch.limits)
        add("say", softswitch.sayLanguages)
        add("speech", softswitch.speechEngines)
        let modules = softswitch.modules.names
        for (type, name, module) in ofTheEngine where module.hasPrefix("CORE_") || modules.contains(module) {
            rows.append(InterfaceRow(type: type, name: name, module: module))
        }
        // A module that offers nothing is listed all the same.
        let others = modules.filter { name in !rows.contains { $0.module == name } }
        rows += others.map { InterfaceRow(type: "generic", name: $0, module: $0) }
        return rows.sorted { ($0.type, $0.name) < ($1.type, $1.name) }
    }
}

extension Switch {
    /// What modules offer, by type and name.
    public var interfaces: [InterfaceRow] { InterfaceRow.all(of: self) }

    /// The description and the syntax of something that modules offer; empty where it has none.
    public func description(of interface: InterfaceRow) -> (text: String, syntax: String) {
        switch interface.type {
        case "api": commands[interface.name].map { ($0.summary, $0.syntax) } ?? ("", "")
        case "application": ("", applications[interface.name]?.syntax ?? "")
        default: ("", "")
        }
    }

    /// What modules offer, as the core database keeps it.
    public var interfaceTable: SwitchTable {
        let host = hostName
        return SwitchTable(
            columns: Self.interfaceColumns,
            rows: interfaces.map { interface in
                let (text, syntax) = description(of: interface)
                return [interface.type, interface.name, text, interface.module, interface.module, syntax, host]
            }
        )
    }
}

import SwitchCore

/// What modules offer, as the table of interfaces lists it.
struct InterfaceListing {
    private struct Row {
        let type: String
        let name: String
        let module: String
    }

    private let softswitch: Switch
    private let rows: [Row]

    init(_ softswitch: Switch) {
        self.softswitch = softswitch
        var rows: [Row] = []
        func add<Element>(_ type: String, _ registry: Registry<Element>) {
            rows += registry.names.map { Row(type: type, name: $0, module: registry.module(of: $0) ?? "") }
        }
        add("api", softswitch.commands)
        add("application", softswitch.applications)
        add("dialplan", softswitch.dialplans)
        add("endpoint", softswitch.endpoints)
        add("limit", softswitch.limits)
        add("say", softswitch.sayLanguages)
        add("speech", softswitch.speechEngines)
        for (type, name, module) in Self.ofTheEngine where Self.isThere(module, softswitch) {
            rows.append(Row(type: type, name: name, module: module))
        }
        // A module that offers nothing is listed all the same.
        let others = softswitch.modules.names.filter { name in !rows.contains { $0.module == name } }
        rows += others.map { Row(type: "generic", name: $0, module: $0) }
        self.rows = rows.sorted { ($0.type, $0.name) < ($1.type, $1.name) }
    }

    /// What the media engine has, under the modules that it stands for.
    private static let ofTheEngine = [
        ("codec", "G.711 alaw", "CORE_PCM_MODULE"), ("codec", "G.711 ulaw", "CORE_PCM_MODULE"),
        ("codec", "RAW Signed Linear (16 bit)", "CORE_PCM_MODULE"), ("timer", "soft", "CORE_SOFTTIMER_MODULE"),
        ("file", "file_string", "mod_dptools"), ("file", "silence_stream", "mod_tone_stream"),
        ("file", "tone_stream", "mod_tone_stream"), ("file", "wav", "mod_sndfile"),
    ]

    private static func isThere(_ module: String, _ softswitch: Switch) -> Bool {
        module.hasPrefix("CORE_") || softswitch.modules.names.contains(module)
    }

    /// The part of the table that a word of `show` means; `nil` when there is no such word.
    func listing(_ subject: String) -> Listing? {
        switch subject {
        case "interfaces": return interfaces(rows)
        case "interface_types":
            let counts = Dictionary(grouping: rows, by: \.type).mapValues(\.count).sorted { $0.key < $1.key }
            return Listing(columns: ["type", "total"], rows: counts.map { [$0.key, String($0.value)] })
        case "module", "modules":
            return Listing(
                columns: ["type", "name", "ikey", "filename"],
                rows: rows.map { [$0.type, $0.name, $0.module, $0.module] }
            )
        case "api":
            return described(of: "api") { softswitch.commands[$0].map { [$0.summary, $0.syntax] } }
        case "application":
            return described(of: "application") { softswitch.applications[$0].map { ["", $0.syntax] } }
        default:
            let type = subject.hasSuffix("s") ? String(subject.dropLast()) : subject
            let known = [
                "chat", "codec", "dialplan", "endpoint", "file", "limit", "management", "say", "speech", "timer",
            ]
            return known.contains(type) ? interfaces(rows.filter { $0.type == type }) : nil
        }
    }

    private func interfaces(_ rows: [Row]) -> Listing {
        Listing(columns: ["type", "name", "ikey"], rows: rows.map { [$0.type, $0.name, $0.module] })
    }

    private func described(of type: String, _ description: (String) -> [String]?) -> Listing {
        Listing(
            columns: ["name", "description", "syntax", "ikey"],
            rows: rows.filter { $0.type == type }.map { [$0.name] + (description($0.name) ?? ["", ""]) + [$0.module] }
        )
    }
}

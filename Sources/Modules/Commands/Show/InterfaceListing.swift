import SwitchCore

/// What modules offer, as the words of `show` ask for it.
struct InterfaceListing {
    private let softswitch: Switch
    private let rows: [InterfaceRow]

    init(_ softswitch: Switch) {
        (self.softswitch, rows) = (softswitch, softswitch.interfaces)
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
        case "api", "application": return described(of: subject)
        default:
            let type = subject.hasSuffix("s") ? String(subject.dropLast()) : subject
            let known = [
                "chat", "codec", "dialplan", "endpoint", "file", "limit", "management", "say", "speech", "timer",
            ]
            return known.contains(type) ? interfaces(rows.filter { $0.type == type }) : nil
        }
    }

    private func interfaces(_ rows: [InterfaceRow]) -> Listing {
        Listing(columns: ["type", "name", "ikey"], rows: rows.map { [$0.type, $0.name, $0.module] })
    }

    private func described(of type: String) -> Listing {
        Listing(
            columns: ["name", "description", "syntax", "ikey"],
            rows: rows.filter { $0.type == type }.map { row in
                let (text, syntax) = softswitch.description(of: row)
                return [row.name, text, syntax, row.module]
            }
        )
    }
}

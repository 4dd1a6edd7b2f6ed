import DialplanXML
import SwitchCore
import XMLConfig

/// What actions of a chatplan name.
extension DialplanCheck {
    private static let applications = NameSet(
        ChatplanModule.applicationNames,
        freeSWITCH: ChatplanModule.missingApplicationNames
    )
    /// The protocols of this version, and FreeSWITCH's others.
    private static let protocols = NameSet(["event", "sip"], freeSWITCH: ["api", "conf", "smpp", "verto"])

    mutating func checkChatAction(of name: String, _ data: String, at node: XMLNode) {
        checkCommands(in: data, at: node)
        guard Self.applications.contains(name) else {
            findings.addMissing(.application, "chat application", name, from: Self.applications, at: node)
            return
        }
        if !ChatplanModule.takesCaptures(name), CaptureTemplate(data).hasCaptures {
            findings.add(.application, .error, node, "\(name) \(ChatplanModule.captureAdvice)")
        }
        switch name.lowercased() {
        case "send": checkProtocol(data, at: node)
        case "set":
            guard let equals = data.firstIndex(of: "="), data[..<equals].lowercased() == "dest_proto" else { return }
            checkProtocol(String(data[data.index(after: equals)...]), at: node)
        default: break
        }
    }

    private mutating func checkProtocol(_ name: String, at node: XMLNode) {
        guard !name.isEmpty, !name.contains("$"), !name.lowercased().contains("global"),
            !Self.protocols.contains(name)
        else { return }
        findings.addMissing(.application, "chat protocol", name, from: Self.protocols, at: node)
    }
}

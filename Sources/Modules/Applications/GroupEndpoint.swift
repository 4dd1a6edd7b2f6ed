import SwitchCore
import XMLConfig

/// `group/<name>[@domain][+A|+F|+E]`: stands for a group's members, who ring together (`A`), one after the other (`F`),
/// or each on its own (`E`).
struct GroupEndpoint: Endpoint {
    let name = "group"
    let softswitch: Switch

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        let halves = request.destination.split(separator: "+", maxSplits: 1).map(String.init)
        let parts = (halves.first ?? "").split(separator: "@", maxSplits: 1).map(String.init)
        let domain = parts.count > 1 ? parts[1] : softswitch.xml.globals["domain"] ?? ""
        guard let group = parts.first,
            let members = await softswitch.directory.members(of: group, domain: domain), !members.isEmpty
        else { return .failure(.noRouteDestination) }
        let legs = members.map { "user/\($0.id)@\(domain)" }
        let separator = Self.separator(halves.count > 1 ? halves[1] : "")
        return .expansion(dialString: legs.joined(separator: separator), variables: [])
    }

    private static func separator(_ order: String) -> String {
        switch order.uppercased() {
        case "F": "|"
        case "E": ":_:"
        default: ","
        }
    }
}

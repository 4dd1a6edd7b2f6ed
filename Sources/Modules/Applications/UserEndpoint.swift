import Logging
import SwitchCore
import XMLConfig

/// `user/<id>[@domain]`: stands for the user's dial string in the directory.
struct UserEndpoint: Endpoint {
    let name = "user"
    let softswitch: Switch

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        let parts = request.destination.split(separator: "@", maxSplits: 1).map(String.init)
        let domain = parts.count > 1 ? parts[1] : softswitch.xml.globals["domain"] ?? ""
        guard let id = parts.first, !domain.isEmpty else { return .failure(.subscriberAbsent) }
        let user = await softswitch.directory.user(
            id,
            domain: domain,
            parameters: [("action", "user_call"), ("as_channel", "true")]
        )
        guard let user else { return .failure(.subscriberAbsent) }
        return await Self.expansion(of: user, dialled: id, domain: domain, request, softswitch)
    }

    static func expansion(
        of user: DirectoryUser,
        dialled: String,
        domain: String,
        _ request: OutgoingCall,
        _ softswitch: Switch
    ) async -> OutgoingCallResult {
        guard let text = user.params["dial-string"], !text.isEmpty else { return .failure(.mandatoryIeMissing) }
        var variables: [(name: String, value: String)] = request.variables.map { ($0.name, $0.value) }
        let own = [
            (name: "dialed_user", value: dialled), (name: "dialed_domain", value: domain),
            (name: "presence_id", value: "\(user.id)@\(domain)"),
        ]
        variables += own
        let dialVariables = user.params.all.compactMap { parameter in
            parameter.name.hasPrefix("dial-var-")
                ? (name: String(parameter.name.dropFirst("dial-var-".count)), value: parameter.value) : nil
        }
        let scope = StandaloneScope(softswitch, variables: variables)
        return .expansion(dialString: await Template(text).expand(in: scope), variables: own + dialVariables)
    }
}

/// `group/<name>[@domain][+A|+F|+E]`: stands for the dial strings of a group's members, which ring together.
struct GroupEndpoint: Endpoint {
    let name = "group"
    let softswitch: Switch

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        let plain = request.destination.split(separator: "+", maxSplits: 1).first.map(String.init) ?? ""
        let parts = plain.split(separator: "@", maxSplits: 1).map(String.init)
        let domain = parts.count > 1 ? parts[1] : softswitch.xml.globals["domain"] ?? ""
        guard let group = parts.first,
            let members = await softswitch.directory.members(of: group, domain: domain), !members.isEmpty
        else { return .failure(.noRouteDestination) }
        let legs = members.map { "user/\($0.id)@\(domain)" }
        return .expansion(dialString: legs.joined(separator: ","), variables: [])
    }
}

/// `error/<CAUSE>`: fails with that cause.
struct ErrorEndpoint: Endpoint {
    let name = "error"

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        .failure(HangupCause(request.destination) ?? .normalUnspecified)
    }
}

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
            origin: LookUpOrigin("mod_dptools.c", "user_outgoing_channel"),
            parameters: [("as_channel", "true"), ("action", "user_call")] + Self.told(of: request.variables)
        )
        guard let user else { return .failure(.subscriberAbsent) }
        guard let text = user.params["dial-string"], !text.isEmpty else { return .failure(.mandatoryIeMissing) }
        let own = [(name: "dialed_user", value: user.id), (name: "dialed_domain", value: domain)]
        let dialString = await expanded(text, own, request)
        // It would call itself without end.
        guard !dialString.lowercased().contains("user/\(user.id)@".lowercased()) else {
            return .failure(.invalidIeContents)
        }
        return .expansion(dialString: dialString, variables: variables(of: user, own, domain, text))
    }

    /// What providers of the directory are told of a leg: what the dial string and the caller say, not what the switch adds.
    private static func told(of variables: Variables) -> [(String, String)] {
        variables.filter { !["originate_endpoint", "max_forwards"].contains($0.name) }.map { ($0.name, $0.value) }
    }

    /// The dial string with the caller's variables, where there is a caller, else with those of the leg.
    private func expanded(
        _ text: String,
        _ own: [(name: String, value: String)],
        _ request: OutgoingCall
    ) async -> String {
        if let caller = request.originator {
            for (name, value) in own { await caller.setVariable(name, value) }
            // Others may be looked up for the same caller at the same time.
            return await caller.expand(text, below: own)
        }
        let variables = request.variables.map { (name: $0.name, value: $0.value) } + own
        return await Template(text).expand(in: StandaloneScope(softswitch, variables: variables))
    }

    /// What the directory says about the user's legs: variables of the user, then what holds for calls to it alone.
    private func variables(
        of user: DirectoryUser,
        _ own: [(name: String, value: String)],
        _ domain: String,
        _ text: String
    ) -> [(name: String, value: String)] {
        var variables = user.variables.all + own
        if !text.contains("presence_id=") { variables.append((name: "presence_id", value: "\(user.id)@\(domain)")) }
        for parameter in user.params.all where parameter.name.lowercased().hasPrefix("dial-var-") {
            variables.append((name: String(parameter.name.dropFirst("dial-var-".count)), value: parameter.value))
        }
        return variables
    }
}

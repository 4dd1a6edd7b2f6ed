import SwitchCore

/// `group/<name>[@domain][+A|+F|+E]`: stands for what the command `group_call` says of the group, whose members ring
/// together (`A`), one after the other (`F`), or each on its own (`E`).
struct GroupEndpoint: Endpoint {
    let name = "group"
    let softswitch: Switch

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        guard softswitch.commands["group_call"] != nil else { return .failure(.destinationOutOfOrder) }
        let line = "group_call \(request.destination)"
        let dialString = await softswitch.execute(command: line, for: request.originator)
        return .expansion(dialString: dialString, variables: [])
    }
}

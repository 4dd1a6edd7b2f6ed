import SwitchCore

/// `error/<CAUSE>`: fails with that cause.
struct ErrorEndpoint: Endpoint {
    let name = "error"

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        .failure(HangupCause(request.destination) ?? .normalUnspecified)
    }
}

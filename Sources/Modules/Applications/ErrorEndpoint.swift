import SwitchCore

/// `error/<CAUSE>`: fails with that cause, with `NORMAL_CLEARING` when there is no such.
struct ErrorEndpoint: Endpoint {
    let name = "error"

    func call(_ request: OutgoingCall) async -> OutgoingCallResult {
        let cause = HangupCause(request.destination) ?? .normalClearing
        return .failure(cause == .none ? .destinationOutOfOrder : cause)
    }
}

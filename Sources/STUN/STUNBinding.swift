public import Base

/// One question to a STUN server over UDP: "what is my address?" (RFC 8489 §6.2.1).
///
/// The driver asks ``next(at:)`` what to do and hands in each datagram that comes from the server.
public struct STUNBinding: Sendable {
    /// What the driver does next.
    public enum Step: Hashable, Sendable {
        /// Send this to the server.
        case send([UInt8])
        /// Wait for a datagram until then.
        case wait(until: MonotonicInstant)
        /// The server saw this address.
        case finished(IPEndpoint)
        /// No answer will come, or none that can be used.
        case failed
    }

    /// How long the first answer is waited for; each further wait is twice as long (RFC 8489 §6.2.1, RTO).
    public static let firstTimeout = Duration.milliseconds(500)
    /// How often the request is sent: a switch that starts cannot wait for the 39.5 seconds of the default.
    public static let maximumTransmissions = 3

    private enum State {
        case waiting(since: MonotonicInstant, transmissions: Int)
        case finished(IPEndpoint)
        case failed
    }

    private let transaction: STUNTransactionID
    private var state: State?

    /// A question that has not been sent yet.
    public init(transaction: STUNTransactionID) {
        self.transaction = transaction
    }

    /// What to do at a moment.
    public mutating func next(at now: MonotonicInstant) -> Step {
        switch state {
        case .finished(let address):
            return .finished(address)
        case .failed:
            return .failed
        case nil:
            return send(at: now, transmissions: 1)
        case .waiting(let since, let transmissions):
            let deadline = since + Self.firstTimeout * (1 << (transmissions - 1))
            guard now >= deadline else { return .wait(until: deadline) }
            guard transmissions < Self.maximumTransmissions else {
                state = .failed
                return .failed
            }
            return send(at: now, transmissions: transmissions + 1)
        }
    }

    /// Takes a datagram from the server; what is no answer to this question is left aside.
    public mutating func received(_ bytes: [UInt8]) {
        guard case .waiting = state, let message = try? STUNMessage(parsing: bytes),
            message.transaction == transaction, message.method == STUNMessage.binding
        else { return }
        switch message.messageClass {
        case .request, .indication:
            return
        case .error:
            state = .failed
        case .success:
            // RFC 8489 §6.3.3: with an attribute that is not understood, the answer means failure.
            let address = message.unknownRequiredAttributes.isEmpty ? message.mappedAddress : nil
            state = address.map { .finished($0) } ?? .failed
        }
    }

    private mutating func send(at now: MonotonicInstant, transmissions: Int) -> Step {
        state = .waiting(since: now, transmissions: transmissions)
        return .send(STUNMessage(.request, transaction: transaction).serialized())
    }
}

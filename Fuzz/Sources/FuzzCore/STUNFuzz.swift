import Base
import STUN

/// Feeds bytes to the reader of STUN messages and to a question that waits for its answer.
public enum STUNFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        guard let message = try? STUNMessage(parsing: bytes) else { return }
        _ = message.unknownRequiredAttributes
        guard let again = try? STUNMessage(parsing: message.serialized()) else {
            preconditionFailure("what was read is printed readably")
        }
        precondition(again == message, "what was read is printed as it was")
        var binding = STUNBinding(transaction: message.transaction)
        guard case .send = binding.next(at: .zero) else { preconditionFailure("a question begins with a request") }
        binding.received(bytes)
        if case .finished(let address) = binding.next(at: .zero) {
            precondition(address == message.mappedAddress, "the answer is the address in the message")
        }
    }
}

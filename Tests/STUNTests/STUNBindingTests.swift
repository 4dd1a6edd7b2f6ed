import Base
import STUN
import Testing

struct STUNBindingTests {
    private let request = STUNMessage(.request, transaction: identifier).serialized()

    private static func answer(
        _ messageClass: STUNMessage.Class = .success,
        method: UInt16 = STUNMessage.binding,
        to transaction: STUNTransactionID = identifier,
        extra: [STUNMessage.Attribute] = []
    ) -> [UInt8] {
        let address = IPEndpoint(IPAddress(v4: 0xC000_0207), port: 4000)
        let attributes = [STUNMessage.xorMappedAddress(address, in: transaction)] + extra
        return STUNMessage(messageClass, method: method, transaction: transaction, attributes: attributes).serialized()
    }

    /// Requests after 0, 0.5 and 1.5 seconds; the end after 3.5.
    @Test func silence() {
        var binding = STUNBinding(transaction: identifier)
        var now = MonotonicInstant.zero
        var sent: [Int64] = []
        while true {
            switch binding.next(at: now) {
            case .send(let bytes):
                #expect(bytes == request)
                sent.append((now - .zero).wholeMilliseconds)
            case .wait(let until):
                #expect(until > now)
                now = until
            case .finished:
                Issue.record("nobody answered")
                return
            case .failed:
                #expect(sent == [0, 500, 1500])
                #expect((now - .zero).wholeMilliseconds == 3500)
                #expect(binding.next(at: .distantFuture) == .failed)
                return
            }
        }
    }

    @Test func answered() {
        var binding = STUNBinding(transaction: identifier)
        binding.received(Self.answer())
        #expect(binding.next(at: .zero) == .send(request), "an answer before the question is none")
        binding.received(Self.answer())
        #expect(binding.next(at: .distantFuture) == .finished(IPEndpoint(IPAddress(v4: 0xC000_0207), port: 4000)))
        binding.received(Self.answer(.error))
        #expect(binding.next(at: .zero) == .finished(IPEndpoint(IPAddress(v4: 0xC000_0207), port: 4000)))
    }

    @Test(arguments: [
        answer(to: STUNTransactionID(high: 1, low: 2)), answer(.request), answer(.indication), answer(method: 3), [],
        [1, 2, 3], Array(answer().dropLast()),
    ]) func asideIsLeft(_ datagram: [UInt8]) {
        var binding = STUNBinding(transaction: identifier)
        _ = binding.next(at: .zero)
        binding.received(datagram)
        #expect(binding.next(at: .zero) == .wait(until: .zero + STUNBinding.firstTimeout))
    }

    @Test(arguments: [
        answer(.error), STUNMessage(.success, transaction: identifier).serialized(),
        answer(extra: [STUNMessage.Attribute(type: 0x7FFF, value: [])]),
    ]) func failures(_ datagram: [UInt8]) {
        var binding = STUNBinding(transaction: identifier)
        _ = binding.next(at: .zero)
        binding.received(datagram)
        #expect(binding.next(at: .zero) == .failed)
    }

    @Test func attributesThatNeedNotBeUnderstood() {
        var binding = STUNBinding(transaction: identifier)
        _ = binding.next(at: .zero)
        binding.received(Self.answer(extra: [STUNMessage.Attribute(type: 0x8FFF, value: [1])]))
        #expect(binding.next(at: .zero) == .finished(IPEndpoint(IPAddress(v4: 0xC000_0207), port: 4000)))
    }
}

import Base
import SIP
import Testing

/// Whole calls between two user agents over a network that loses, repeats and reorders.
struct LossyCallTests {
    /// What one call did, as the two drivers saw it.
    private final class Outcome {
        var isAnswered = false
        var isAcknowledged = false
        var isHeld = false
        var ends = 0
    }

    private static func seconds(_ seconds: Int64) -> MonotonicInstant { .zero + .seconds(seconds) }

    /// A call that rings, is answered, is put on hold and is ended by one side or the other.
    private static func run(seed: UInt64, _ quality: SimulatedNetwork.Quality, transport: SIPTransportKind) -> String? {
        let network = SimulatedNetwork(seed: seed, quality: quality)
        let (alice, bob) = (network.addPhone(), network.addPhone())
        let outcome = Outcome()
        var bobsCall: CallHandle?
        bob.react = { bob, action in
            switch action {
            case .incomingCall(let call, _, _):
                bobsCall = call
                bob.agent.progress(call, status: 180, at: bob.now)
                network.at(network.now + .seconds(2)) {
                    bob.agent.answer(call, body: .sdp("v=0\r\n"), at: bob.now)
                    bob.drain()
                }
            case .callAcknowledged: outcome.isAcknowledged = true
            case .reinviteReceived(let call, _):
                bob.agent.answerReinvite(call, status: 200, body: .sdp("v=0\r\n"), at: bob.now)
            case .callEnded: outcome.ends += 1
            default: break
            }
        }
        alice.react = { alice, action in
            switch action {
            case .callAnswered(let call, _):
                outcome.isAnswered = true
                alice.agent.acknowledge(call, at: alice.now)
            case .reinviteAnswered(let call, _):
                outcome.isHeld = true
                alice.agent.acknowledge(call, at: alice.now)
            case .callEnded: outcome.ends += 1
            default: break
            }
        }
        let call = alice.call(bob, transport: transport)
        network.at(seconds(60)) {
            if !alice.agent.reinvite(call, body: .sdp("v=0\r\n"), at: alice.now) { alice.log.append("no reinvite") }
            alice.drain()
        }
        network.at(seconds(120)) {
            if seed % 2 == 0 {
                alice.agent.hangUp(call, at: alice.now)
                alice.drain()
            } else if let bobsCall {
                bob.agent.hangUp(bobsCall, at: bob.now)
                bob.drain()
            }
        }
        network.run(until: seconds(1000))
        let isRight =
            outcome.isAnswered && outcome.isAcknowledged && outcome.isHeld && outcome.ends == 2
            && alice.isIdle && bob.isIdle
        return isRight ? nil : "seed \(seed)\nalice \(alice.log)\nbob \(bob.log)"
    }

    @Test(arguments: [SIPTransportKind.udp, .tcp])
    func everyCallIsMadeAndLeavesNothing(transport: SIPTransportKind) {
        let quality =
            transport == .udp
            ? SimulatedNetwork.Quality(loss: 0.2, duplication: 0.1, delay: 5...400)
            : SimulatedNetwork.Quality(delay: 5...5)
        let failures = (0..<200).compactMap { Self.run(seed: $0, quality, transport: transport) }
        #expect(failures.isEmpty, "\(failures.count) of 200: \(failures.first ?? "")")
    }

    /// The caller hangs up at a time around the answer: CANCEL, its races, and BYE.
    @Test
    func everyHangUpLeavesNothing() {
        var failures: [String] = []
        for seed in UInt64(0)..<200 {
            let network = SimulatedNetwork(
                seed: seed,
                quality: .init(loss: 0.2, duplication: 0.1, delay: 5...300)
            )
            let (alice, bob) = (network.addPhone(), network.addPhone())
            bob.react = { bob, action in
                guard case .incomingCall(let call, _, _) = action else { return }
                network.at(network.now + .milliseconds(900)) {
                    bob.agent.answer(call, at: bob.now)
                    bob.drain()
                }
            }
            alice.react = { alice, action in
                if case .callAnswered(let call, _) = action { alice.agent.acknowledge(call, at: alice.now) }
            }
            let call = alice.call(bob)
            network.at(.zero + .milliseconds(Int64(seed) * 10)) {
                alice.agent.hangUp(call, at: alice.now)
                alice.drain()
            }
            network.run(until: Self.seconds(1000))
            let ends = ["ended", "ended by peer", "cancelled", "rejected", "failed"]
            let isOver = [alice, bob].allSatisfy { phone in
                let count = phone.log.count { line in ends.contains { line.hasPrefix($0) } }
                return phone.isIdle && count <= 1 && (phone !== alice || count == 1)
            }
            if !isOver { failures.append("seed \(seed)\nalice \(alice.log)\nbob \(bob.log)") }
        }
        #expect(failures.isEmpty, "\(failures.count) of 200: \(failures.first ?? "")")
    }

    /// Both sides send an INVITE inside the dialog at once; both get their turn (RFC 3261 §14.1).
    @Test
    func glareIsResolved() {
        for seed in UInt64(0)..<50 {
            let network = SimulatedNetwork(seed: seed)
            let (alice, bob) = (network.addPhone(), network.addPhone())
            var bobsCall: CallHandle?
            for phone in [alice, bob] {
                phone.react = { phone, action in
                    switch action {
                    case .incomingCall(let call, _, _):
                        bobsCall = call
                        phone.agent.answer(call, at: phone.now)
                    case .callAnswered(let call, _), .reinviteAnswered(let call, _):
                        phone.agent.acknowledge(call, at: phone.now)
                    case .reinviteReceived(let call, _):
                        phone.agent.answerReinvite(call, status: 200, at: phone.now)
                    case .reinviteGaveWay(let call):
                        // The offer is stale: a new one.
                        network.at(network.now + .seconds(5)) {
                            _ = phone.agent.reinvite(call, body: nil, at: phone.now)
                            phone.drain()
                        }
                    default: break
                    }
                }
            }
            let call = alice.call(bob)
            network.at(Self.seconds(1)) {
                _ = alice.agent.reinvite(call, body: nil, at: network.now)
                alice.drain()
                if let bobsCall { _ = bob.agent.reinvite(bobsCall, body: nil, at: network.now) }
                bob.drain()
            }
            network.run(until: Self.seconds(50))
            alice.agent.hangUp(call, at: network.now)
            alice.drain()
            network.run(until: Self.seconds(200))
            #expect(alice.log.contains("> 491 INVITE 1") && bob.log.contains("> 491 INVITE 2"))
            #expect(alice.log.contains("reinvite answered") || bob.log.contains("reinvite answered"))
            #expect(alice.isIdle && bob.isIdle)
        }
    }
}

import Base
import SIP
import Testing

/// Challenges in a call whose account is looked up when they have come.
struct ChallengeTests {
    /// What the caller's driver does about a challenge.
    enum Reaction: Sendable { case finds, findsNothing, hangsUp, waits }

    private static let account = DigestAccount(username: "1000", secret: .password("secret"))
    private static let challenge = "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\""

    private let network = SimulatedNetwork(seed: 1)
    private let alice: Phone
    private let bob: Phone

    init() {
        alice = network.addPhone()
        bob = network.addPhone()
    }

    private func call() -> CallHandle {
        var invite = OutgoingInvite(
            to: bob.uri("bob"),
            from: NameAddress(alice.uri("alice")),
            to: NameAddress(bob.uri("bob")),
            flow: alice.flow(to: bob.endpoint)
        )
        invite.asksForAccount = true
        defer { alice.drain() }
        return alice.agent.invite(invite, at: alice.now)
    }

    private func act(until seconds: Int, _ action: (inout UserAgent, MonotonicInstant) -> Void) {
        action(&alice.agent, alice.now)
        alice.drain()
        network.run(until: .zero + .seconds(seconds))
    }

    /// The log of the caller since the last time.
    private func log() -> String {
        defer { alice.log = [] }
        return alice.log.joined(separator: ", ")
    }

    @Test(
        arguments: [
            (.finds, false, "> INVITE 2, answered, > ACK 2"), (.finds, true, "> INVITE 2, > ACK 2, rejected 407"),
            (.findsNothing, false, "rejected 407"), (.hangsUp, false, "rejected 407"), (.waits, false, ""),
        ] as [(Reaction, Bool, String)]
    )
    func callsWaitForTheirAccount(reaction: Reaction, isNeverContent: Bool, expected: String) {
        bob.react = { phone, action in
            guard case .incomingCall(let call, let message, _) = action else { return }
            guard isNeverContent || !message.contains(.proxyAuthorization) else {
                return phone.agent.answer(call, at: phone.now)
            }
            let headers = [SIPHeaderLine(.proxyAuthenticate, Self.challenge)]
            phone.agent.reject(call, status: 407, headers: headers, at: phone.now)
        }
        alice.react = { phone, action in
            switch (action, reaction) {
            case (.callAnswered(let call, _), _): phone.agent.acknowledge(call, at: phone.now)
            case (.callChallenged(let call, _), .finds):
                phone.agent.authenticate(call, with: Self.account, at: phone.now)
            case (.callChallenged(let call, _), .findsNothing):
                phone.agent.authenticate(call, with: nil, at: phone.now)
            case (.callChallenged(let call, _), .hangsUp): phone.agent.hangUp(call, at: phone.now)
            default: break
            }
        }
        let call = call()
        network.run(until: .zero + .seconds(31))
        #expect(log() == "> INVITE 1, > ACK 1, challenged 407" + (expected.isEmpty ? "" : ", ") + expected)
        // Nobody waits for ever (64·T1), and what comes then is too late.
        network.run(until: .zero + .seconds(33))
        #expect(log() == (reaction == .waits ? "rejected 407" : ""))
        act(until: 34) { $0.authenticate(call, with: Self.account, at: $1) }
        #expect(log() == "")
        act(until: 35) { $0.hangUp(call, at: $1) }
        network.run()
        #expect(alice.isIdle && bob.isIdle)
    }

    @Test(arguments: ["Basic realm=\"r\"", "Digest realm=\"r\""])
    func whatNobodyCanAnswerIsARefusal(challenge: String) {
        bob.react = { phone, action in
            guard case .incomingCall(let call, _, _) = action else { return }
            let headers = [SIPHeaderLine(.wwwAuthenticate, challenge)]
            phone.agent.reject(call, status: 401, headers: headers, at: phone.now)
        }
        _ = call()
        network.run()
        #expect(log() == "> INVITE 1, > ACK 1, rejected 401")
        #expect(alice.isIdle && bob.isIdle)
    }

    /// Requests inside the dialog wait together, and those after them are not challenged any more.
    @Test func requestsInsideWaitToo() {
        bob.react = { phone, action in
            switch action {
            case .incomingCall(let call, _, _): phone.agent.answer(call, at: phone.now)
            case .inDialogRequest(_, let transaction, let message):
                let isContent = message.contains(.authorization)
                let headers = isContent ? [] : [SIPHeaderLine(.wwwAuthenticate, Self.challenge)]
                phone.agent.respond(transaction, status: isContent ? 200 : 401, headers: headers, at: phone.now)
            default: break
            }
        }
        alice.react = { phone, action in
            if case .callAnswered(let call, _) = action { phone.agent.acknowledge(call, at: phone.now) }
        }
        let call = call()
        network.run(until: .zero + .seconds(1))
        _ = log()
        act(until: 2) { agent, now in
            for _ in 0..<2 { _ = agent.sendInDialog(call, method: .info, at: now) }
        }
        #expect(log() == "> INFO 2, > INFO 3, challenged 401")
        act(until: 3) { $0.authenticate(call, with: Self.account, at: $1) }
        #expect(log() == "> INFO 4, > INFO 5, response 200, response 200")
        act(until: 4) { _ = $0.sendInDialog(call, method: .info, at: $1) }
        #expect(log() == "> INFO 6, response 200")
        act(until: 5) { $0.hangUp(call, at: $1) }
        #expect(log() == "> BYE 7, ended")

        let other = self.call()
        network.run(until: .zero + .seconds(6))
        act(until: 7) { _ = $0.sendInDialog(other, method: .info, at: $1) }
        _ = log()
        // Whoever waits for the response hears of it when the call ends.
        act(until: 8) { $0.hangUp(other, at: $1) }
        #expect(log() == "> BYE 3, response 401, ended")
        network.run()
        #expect(alice.isIdle && bob.isIdle)
    }
}

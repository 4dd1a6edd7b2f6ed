import Base
import SIP
import Testing

/// One user agent against messages written by hand: what goes over the wire, in order.
struct UserAgentTranscriptTests {
    /// A user agent at 10.0.0.1 and a peer at 10.0.0.2 whose messages the test writes.
    private final class Bench {
        let phone: Phone
        let network = SimulatedNetwork(seed: 1)
        let peer = IPEndpoint(IPAddress(v4: 0x0A00_0002), port: 5060)
        var sent: [SIPMessage] = []
        var flows: [SIPFlow] = []
        var call: CallHandle?
        var transaction: TransactionHandle?

        init(_ configuration: UserAgentConfiguration = .init()) {
            phone = network.addPhone(configuration)
            phone.react = { [unowned self] _, action in
                switch action {
                case .transmit(let bytes, let path):
                    if let message = try? SIPMessage(parsing: bytes) { sent.append(message) }
                    flows.append(path.flow)
                case .incomingCall(let call, _, _): self.call = call
                case .request(let transaction, _, _), .inDialogRequest(_, let transaction, _):
                    self.transaction = transaction
                default: break
                }
            }
        }

        /// The log since the last time it was asked for.
        func log() -> String {
            defer { phone.log = [] }
            return phone.log.joined(separator: ", ")
        }

        func receive(_ text: String, from source: IPEndpoint? = nil, _ transport: SIPTransportKind = .udp) {
            var flow = phone.flow(to: source ?? peer, transport)
            flow.remote = source ?? peer
            guard let message = try? SIPMessage(parsing: Array(text.utf8)) else {
                Issue.record("malformed: \(text)")
                return
            }
            phone.agent.received(message, over: flow, at: phone.now)
            phone.drain()
        }

        /// A request of the peer's.
        func request(
            _ method: String,
            _ cseq: Int,
            branch: String,
            via: String = "10.0.0.2",
            toTag: String? = nil,
            _ headers: String...
        ) -> String {
            let lines = [
                "\(method) sip:alice@10.0.0.1 SIP/2.0", "Via: SIP/2.0/UDP \(via);branch=\(branch)",
                "From: <sip:bob@10.0.0.2>;tag=bob", "To: <sip:alice@10.0.0.1>" + (toTag.map { ";tag=\($0)" } ?? ""),
                "Call-ID: call", "CSeq: \(cseq) \(method)", "Contact: <sip:bob@10.0.0.2>",
            ]
            return (lines + headers + ["Content-Length: 0", "", ""]).joined(separator: "\r\n")
        }

        /// A response of the peer's to a request that was sent.
        func response(_ status: Int, to request: SIPMessage, tag: String = "bob", _ headers: String...) -> String {
            let to = request.first(.to) ?? ""
            let lines = [
                "SIP/2.0 \(status) X", "Via: \(request.first(.via) ?? "")", "From: \(request.first(.from) ?? "")",
                "To: " + (to.contains("tag=") || status == 100 ? to : "\(to);tag=\(tag)"),
                "Call-ID: \(request.callID)", "CSeq: \(request.cseq) \(request.method.name)",
            ]
            return (lines + headers + ["Content-Length: 0", "", ""]).joined(separator: "\r\n")
        }

        func act(_ action: (inout UserAgent, MonotonicInstant) -> Void) {
            action(&phone.agent, phone.now)
            phone.drain()
        }

        func invite(account: DigestAccount? = nil) -> CallHandle {
            let uri = SIPURI(user: "bob", host: .address(peer.address))
            var invite = OutgoingInvite(
                to: uri,
                from: NameAddress(phone.uri("alice")),
                to: NameAddress(uri),
                flow: phone.flow(to: peer)
            )
            invite.account = account
            defer { phone.drain() }
            return phone.agent.invite(invite, at: phone.now)
        }

        func expectNothingLeft() {
            network.run()
            #expect(phone.isIdle)
        }
    }

    private let branch = "z9hG4bK1"

    @Test
    func requestsThatAreRefusedLeaveNothing() {
        let rows: [(String, String)] = [
            ("Max-Forwards: 0", "> 483 MESSAGE 1"),
            ("Require: timer, 100rel", "> 420 MESSAGE 1"),
            ("Max-Forwards: 70", "request MESSAGE"),
        ]
        for (header, expected) in rows {
            let bench = Bench()
            bench.receive(bench.request("MESSAGE", 1, branch: branch, header))
            #expect(bench.log() == expected)
        }
        let bench = Bench()
        for method in ["INVITE", "BYE", "UPDATE", "INFO", "PRACK", "REFER"] {
            bench.receive(bench.request(method, 1, branch: branch, toTag: "0123456789abcdef"))
            #expect(bench.log() == "> 481 \(method) 1")
        }
        bench.receive(bench.request("CANCEL", 1, branch: branch))
        #expect(bench.log() == "> 481 CANCEL 1")
        bench.receive(bench.request("ACK", 1, branch: branch, toTag: "0123456789abcdef"))
        bench.receive(bench.response(200, to: bench.sent[0]))
        #expect(bench.log() == "" && bench.phone.isIdle)
        #expect(bench.sent[0].toTag == "0123456789abcdef")
    }

    /// A refused INVITE inside a dialog gets the same answer when it comes again, and not 500 for its old CSeq.
    @Test
    func repeatedReinvitesGetTheSameRefusal() throws {
        let bench = Bench()
        bench.receive(bench.request("INVITE", 1, branch: branch))
        let call = try #require(bench.call)
        bench.act { $0.progress(call, status: 180, at: $1) }
        let tagged = try #require(bench.sent.last?.toTag)
        // Before the first INVITE is answered (RFC 3261 §14.2).
        let early = bench.request("INVITE", 2, branch: "z9hG4bK2", toTag: tagged)
        bench.receive(early)
        bench.receive(early)
        #expect(bench.sent.suffix(2).allSatisfy { $0.contains(.retryAfter) })
        #expect(
            bench.log() == "> 100 INVITE 1, incoming, > 180 INVITE 1, > 500 INVITE 2, > 500 INVITE 2"
        )
        bench.receive(bench.request("ACK", 2, branch: "z9hG4bK2", toTag: tagged))
        bench.act { $0.answer(call, at: $1) }
        bench.receive(bench.request("ACK", 1, branch: "z9hG4bK3", toTag: tagged))
        // Against one of ours (RFC 3261 §14.2).
        bench.act { _ = $0.reinvite(call, body: nil, at: $1) }
        let glaring = bench.request("INVITE", 3, branch: "z9hG4bK4", toTag: tagged)
        bench.receive(glaring)
        bench.receive(glaring)
        bench.receive(bench.request("ACK", 3, branch: "z9hG4bK4", toTag: tagged))
        bench.receive(bench.request("INVITE", 3, branch: "z9hG4bK5", toTag: tagged))
        #expect(
            bench.log()
                == "> 200 INVITE 1, acknowledged, > INVITE 1, > 491 INVITE 3, > 491 INVITE 3, > 500 INVITE 3"
        )
        bench.act { $0.hangUp(call, at: $1) }
        bench.expectNothingLeft()
    }

    /// A response with a second Via is for somebody else (RFC 3261 §8.1.3.3).
    @Test(arguments: ["Via: SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKother", "v: SIP/2.0/UDP a, SIP/2.0/UDP b"])
    func responsesThatWentAstrayAreDropped(via: String) throws {
        let bench = Bench()
        _ = bench.invite()
        let invite = try #require(bench.sent.last)
        bench.receive(bench.response(200, to: invite, via, "Contact: <sip:bob@10.0.0.2>"))
        #expect(bench.log() == "> INVITE 1")
        bench.receive(bench.response(200, to: invite, "Contact: <sip:bob@10.0.0.2>"))
        #expect(bench.log() == "answered")
    }

    /// What RFC 4475 §3.3 asks of the elements behind the parser.
    @Test(arguments: [
        ("unkscm", 416), ("novelsc", 416), ("bext01", 420),
    ])
    func tortureBeyondTheParser(name: String, status: Int) throws {
        let torture = try #require(TortureCase.load("rfc4475.txt").first { $0.name == name })
        let bench = Bench()
        bench.receive(String(decoding: torture.bytes, as: UTF8.self))
        #expect(bench.sent.compactMap(\.status) == [status])
        bench.expectNothingLeft()
    }

    @Test
    func limitsRefuseWithoutState() {
        var configuration = UserAgentConfiguration()
        configuration.transactionLimit = 1
        let bench = Bench(configuration)
        bench.receive(bench.request("MESSAGE", 1, branch: branch))
        bench.receive(bench.request("MESSAGE", 2, branch: branch + "2"))
        #expect(bench.log() == "request MESSAGE, > 503 MESSAGE 2")
        _ = bench.invite()
        #expect(bench.log() == "failed limit")
        bench.expectNothingLeft()
    }

    @Test
    func mergedAndRepeatedRequests() throws {
        let bench = Bench()
        let request = bench.request("MESSAGE", 1, branch: branch)
        bench.receive(request)
        bench.receive(request)
        bench.receive(bench.request("MESSAGE", 1, branch: "z9hG4bK2"))
        #expect(bench.log() == "request MESSAGE, > 482 MESSAGE 1")
        let transaction = try #require(bench.transaction)
        bench.act { $0.respond(transaction, status: 200, at: $1) }
        bench.act { $0.respond(transaction, status: 500, at: $1) }
        bench.receive(request)
        #expect(bench.log() == "> 200 MESSAGE 1, > 200 MESSAGE 1")
        // Without the cookie the transaction is found by its other names (RFC 2543).
        bench.receive(bench.request("INVITE", 2, branch: "old"))
        bench.receive(bench.request("INVITE", 2, branch: "old"))
        let call = try #require(bench.call)
        bench.act { $0.reject(call, status: 486, at: $1) }
        bench.receive(bench.request("ACK", 2, branch: "old", toTag: bench.sent.last?.toTag))
        #expect(bench.log() == "> 100 INVITE 2, incoming, > 100 INVITE 2, > 486 INVITE 2, ended")
        bench.expectNothingLeft()
    }

    @Test(arguments: [
        ("10.0.0.2:5070", "10.0.0.2:5070", "SIP/2.0/UDP 10.0.0.2:5070;branch=z9hG4bK1"),
        ("10.0.0.2:5070;rport", "10.0.0.2:40000", "rport=40000"),
        ("192.168.1.9:5070;rport", "10.0.0.2:40000", "received=10.0.0.2"),
        ("192.168.1.9", "10.0.0.2:5060", "received=10.0.0.2"),
        ("phone.example", "10.0.0.2:5060", "received=10.0.0.2"),
    ])
    func responsesFindTheirWay(via: String, target: String, inVia: String) throws {
        let bench = Bench()
        bench.receive(
            bench.request("OPTIONS", 1, branch: branch, via: via),
            from: IPEndpoint(bench.peer.address, port: 40_000)
        )
        let transaction = try #require(bench.transaction)
        bench.act { $0.respond(transaction, status: 200, at: $1) }
        #expect("\(bench.flows[0].remote)" == target)
        #expect(bench.sent[0].first(.via)?.contains(inVia) == true)
    }

    @Test
    func aReceivedCallIsCancelled() throws {
        let bench = Bench()
        bench.receive(bench.request("INVITE", 1, branch: branch, "Record-Route: <sip:p1;lr>, <sip:p2;lr>"))
        let call = try #require(bench.call)
        bench.act { $0.progress(call, status: 180, at: $1) }
        #expect(bench.sent[1].recordRoutes.count == 2 && bench.sent[1].contacts.count == 1)
        bench.receive(bench.request("CANCEL", 1, branch: branch))
        bench.receive(bench.request("CANCEL", 1, branch: branch))
        bench.receive(bench.request("ACK", 1, branch: branch, toTag: bench.sent[1].toTag))
        #expect(
            bench.log()
                == "> 100 INVITE 1, incoming, > 180 INVITE 1, > 200 CANCEL 1, > 487 INVITE 1, cancelled, > 200 CANCEL 1"
        )
        #expect(Set(bench.sent.compactMap(\.toTag)).count == 1)
        bench.act { $0.answer(call, at: $1) }
        #expect(bench.log() == "")
        bench.expectNothingLeft()
    }

    @Test
    func aReceivedCallLivesItsLife() throws {
        let bench = Bench()
        bench.receive(bench.request("INVITE", 5, branch: branch, "Record-Route: <sip:p1;lr>, <sip:p2;lr>"))
        let call = try #require(bench.call)
        bench.act { $0.answer(call, body: .sdp("v=0\r\n"), at: $1) }
        let tag = bench.sent.last?.toTag
        // A CANCEL too late changes nothing; the 2xx is sent again until the ACK.
        bench.receive(bench.request("CANCEL", 5, branch: branch))
        bench.network.run(until: .zero + .milliseconds(1600))
        #expect(
            bench.log()
                == "> 100 INVITE 5, incoming, > 200 INVITE 5, > 200 CANCEL 5, > 200 INVITE 5, > 200 INVITE 5"
        )
        bench.receive(bench.request("ACK", 5, branch: "z9hG4bK2", toTag: tag))
        bench.receive(bench.request("ACK", 5, branch: "z9hG4bK2", toTag: tag))
        bench.receive(bench.request("INFO", 7, branch: "z9hG4bK3", toTag: tag))
        bench.receive(bench.request("INFO", 6, branch: "z9hG4bK4", toTag: tag))
        #expect(bench.log() == "acknowledged, in dialog INFO, > 500 INFO 6")
        let info = try #require(bench.transaction)
        bench.act { $0.respond(info, status: 200, at: $1) }
        bench.receive(
            bench.request("UPDATE", 8, branch: "z9hG4bK5", toTag: tag)
                .replacing("Contact: <sip:bob@10.0.0.2>", with: "Contact: <sip:bob@10.0.0.9>")
        )
        let update = try #require(bench.transaction)
        bench.act { $0.respond(update, status: 200, at: $1) }
        #expect(bench.log() == "> 200 INFO 7, in dialog UPDATE, > 200 UPDATE 8")
        // Two INVITEs inside the dialog at once; the second is too early.
        bench.receive(bench.request("INVITE", 9, branch: "z9hG4bK6", toTag: tag))
        bench.receive(bench.request("INVITE", 10, branch: "z9hG4bK7", toTag: tag))
        bench.receive(bench.request("CANCEL", 9, branch: "z9hG4bK6", toTag: tag))
        bench.receive(bench.request("ACK", 9, branch: "z9hG4bK6", toTag: tag))
        #expect(
            bench.log()
                == "> 100 INVITE 9, reinvite, > 500 INVITE 10, > 200 CANCEL 9, > 487 INVITE 9, reinvite cancelled"
        )
        bench.act { $0.hangUp(call, headers: [SIPHeaderLine(.reason, "Q.850;cause=16")], at: $1) }
        #expect(bench.log() == "> BYE 1, ended")
        let bye = try #require(bench.sent.last)
        #expect(bye.requestURIText == "sip:bob@10.0.0.9" && bye.first(.reason) == "Q.850;cause=16")
        #expect(bye.routes.map { "\($0.uri)" } == ["sip:p1;lr", "sip:p2;lr"])
        #expect(bye.fromTag == tag && bye.toTag == "bob")
        // The peer's BYE crosses ours.
        bench.receive(bench.request("BYE", 11, branch: "z9hG4bK8", toTag: tag))
        bench.receive(bench.response(200, to: bye))
        #expect(bench.log() == "> 200 BYE 11")
        bench.expectNothingLeft()
    }

    /// An INVITE of ours that met one of the peer's makes way for it, and that is told apart from a refusal.
    @Test
    func ourINVITEMakesWay() throws {
        let bench = Bench()
        bench.receive(bench.request("INVITE", 1, branch: branch))
        let call = try #require(bench.call)
        bench.act { $0.answer(call, at: $1) }
        let tag = bench.sent.last?.toTag
        bench.receive(bench.request("ACK", 1, branch: "z9hG4bK2", toTag: tag))
        bench.act { _ = $0.reinvite(call, body: nil, at: $1) }
        bench.receive(bench.response(491, to: try #require(bench.sent.last)))
        _ = bench.log()
        bench.receive(bench.request("INVITE", 2, branch: "z9hG4bK3", toTag: tag))
        #expect(bench.log() == "reinvite gave way, > 100 INVITE 2, reinvite")
        bench.act { $0.hangUp(call, at: $1) }
        bench.expectNothingLeft()
    }

    @Test
    func anAnswerWithoutACKEndsWithBye() throws {
        let bench = Bench()
        bench.receive(bench.request("INVITE", 1, branch: branch))
        let call = try #require(bench.call)
        bench.act { $0.answer(call, at: $1) }
        bench.network.run(until: .zero + .seconds(33))
        #expect(bench.log().hasSuffix("> 200 INVITE 1, > BYE 1, ended, > BYE 1"))
        bench.expectNothingLeft()
    }

    @Test
    func forksAreAcknowledgedAndEnded() throws {
        let bench = Bench()
        let call = bench.invite()
        let invite = try #require(bench.sent.last)
        let contact = "Contact: <sip:bob@10.0.0.3>"
        bench.receive(bench.response(100, to: invite))
        bench.receive(bench.response(180, to: invite, tag: "one", contact))
        bench.receive(bench.response(183, to: invite, tag: "two", contact))
        bench.receive(
            bench.response(200, to: invite, tag: "two", contact, "Record-Route: <sip:near;lr>, <sip:strict>")
        )
        #expect(bench.log() == "> INVITE 1, progress 180, progress 183, answered")
        bench.act { $0.acknowledge(call, at: $1) }
        let ack = try #require(bench.sent.last)
        // Record-Route is taken in reverse; the first hop routes strictly (RFC 3261 §12.2.1.1).
        #expect(ack.requestURIText == "sip:strict")
        #expect(ack.routes.map { "\($0.uri)" } == ["sip:near;lr", "sip:bob@10.0.0.3"])
        bench.receive(bench.response(200, to: invite, tag: "two", contact))
        bench.receive(bench.response(200, to: invite, tag: "one", contact))
        bench.receive(bench.response(200, to: invite, tag: "one", contact))
        bench.receive(bench.response(200, to: invite, tag: "three", contact))
        #expect(bench.log() == "> ACK 1, > ACK 1, > ACK 1, > BYE 2, > ACK 1, > ACK 1, > BYE 2")
        for bye in bench.sent where bye.method == .bye { bench.receive(bench.response(200, to: bye)) }
        bench.act { $0.hangUp(call, at: $1) }
        #expect(bench.sent.last?.toTag == "two")
        bench.expectNothingLeft()
    }

    /// A challenge that comes when the early dialog of the request is gone is reported: nobody waits for ever.
    @Test
    func challengesInForgottenDialogsAreReported() throws {
        let bench = Bench()
        let call = bench.invite(account: DigestAccount(username: "1000", secret: .password("secret")))
        let invite = try #require(bench.sent.last)
        let contact = "Contact: <sip:bob@10.0.0.3>"
        bench.receive(bench.response(183, to: invite, tag: "one", contact))
        bench.act { _ = $0.sendInDialog(call, method: .update, at: $1) }
        let update = try #require(bench.sent.last)
        bench.receive(bench.response(200, to: invite, tag: "two", contact))
        bench.act { $0.acknowledge(call, at: $1) }
        _ = bench.log()
        bench.receive(
            bench.response(401, to: update, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"")
        )
        #expect(bench.log() == "response 401")
        bench.act { $0.hangUp(call, at: $1) }
        bench.expectNothingLeft()
    }

    @Test
    func cancelWaitsForAProvisionalResponseAndLosesTheRace() throws {
        let bench = Bench()
        let call = bench.invite()
        let invite = try #require(bench.sent.last)
        bench.act { $0.hangUp(call, at: $1) }
        #expect(bench.log() == "> INVITE 1")
        bench.receive(bench.response(100, to: invite))
        let cancel = try #require(bench.sent.last)
        #expect(cancel.topBranch == invite.topBranch && cancel.method == .cancel)
        bench.receive(bench.response(200, to: invite, "Contact: <sip:bob@10.0.0.2>"))
        bench.receive(bench.response(200, to: invite, "Contact: <sip:bob@10.0.0.2>"))
        #expect(bench.log() == "> CANCEL 1, > ACK 1, > BYE 2, ended, > ACK 1")
        bench.expectNothingLeft()

        // Nobody ever answers the INVITE that was cancelled.
        let other = Bench()
        let silent = other.invite()
        other.receive(other.response(180, to: other.sent[0]))
        other.act { $0.hangUp(silent, at: $1) }
        other.receive(other.response(200, to: other.sent[1]))
        other.network.run()
        #expect(other.log() == "> INVITE 1, progress 180, > CANCEL 1, failed timeout" && other.phone.isIdle)
    }

    @Test
    func challengesAreAnsweredOnceForEachNonce() throws {
        let bench = Bench()
        let account = DigestAccount(username: "1000", secret: .password("secret"))
        let call = bench.invite(account: account)
        let challenge = "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\""
        bench.receive(
            bench.response(
                407,
                to: bench.sent[0],
                "Proxy-Authenticate: \(challenge)",
                "Proxy-Authenticate: \(challenge), algorithm=SHA-256"
            )
        )
        #expect(bench.log() == "> INVITE 1, > ACK 1, > INVITE 2")
        let second = try #require(bench.sent.last)
        let credentials = try #require(second.first(.proxyAuthorization).flatMap { DigestCredentials(parsing: $0) })
        #expect(credentials.algorithm == .sha256 && credentials.nonceCount == 1)
        bench.receive(bench.response(200, to: second, "Contact: <sip:bob@10.0.0.2>"))
        bench.act { $0.acknowledge(call, at: $1) }
        #expect(bench.sent.last?.first(.proxyAuthorization) == second.first(.proxyAuthorization))
        bench.act { $0.hangUp(call, at: $1) }
        let bye = try #require(bench.sent.last)
        #expect(DigestCredentials(parsing: bye.first(.proxyAuthorization) ?? "")?.nonceCount == 2)
        bench.receive(
            bench.response(
                407,
                to: bye,
                "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n2\", qop=\"auth\", stale=true"
            )
        )
        bench.receive(bench.response(200, to: bench.sent[bench.sent.count - 1]))
        #expect(bench.log() == "answered, > ACK 2, > BYE 3, ended, > BYE 4")
        bench.expectNothingLeft()

        // The wrong password is not tried for ever.
        let other = Bench()
        _ = other.invite(account: account)
        for _ in 0..<5 {
            guard let invite = other.sent.last(where: { $0.method == .invite }) else { continue }
            other.receive(other.response(401, to: invite, "WWW-Authenticate: \(challenge)"))
        }
        #expect(other.log().contains("> INVITE 2, > ACK 2, rejected 401") == true)
        other.expectNothingLeft()
    }

    @Test
    func aBrokenFlowFailsItsTransactions() {
        let bench = Bench()
        _ = bench.invite()
        bench.act { $0.transportFailed(bench.phone.flow(to: bench.peer), at: $1) }
        #expect(bench.log() == "> INVITE 1, failed transport")
        bench.expectNothingLeft()
    }
}

import Base
import DNSMessage
import Synchronization
import Testing

@testable import Lookups

/// Questions to real sockets of this machine.
@Suite(.timeLimit(.minutes(2))) struct NameServerClientTests {
    private static let question = DNSQuestion(Zone.name("4.3.2.1.e164.arpa"), .naptr)
    private static let records = [Zone.sip("sip:a@x.example")]

    /// A plan with time for a busy machine.
    private static func plan(
        _ servers: [LocalNameServer],
        timeout: Duration = .seconds(20),
        rounds: Int = 1
    ) -> NameServerPlan {
        NameServerPlan(servers: servers.map(\.endpoint), timeout: timeout, rounds: rounds)
    }

    private static func texts(_ message: DNSMessage) -> [String] { message.answers.map { "\($0.data)" } }

    @Test func asksOverUDP() async throws {
        let heard = Mutex<[DNSMessage]>([])
        let server = try await LocalNameServer { question, _ in
            heard.withLock { $0.append(question) }
            return [question.answer(Self.records)]
        }
        let client = NameServerClient()
        for _ in 0..<2 {
            let answer = try await client.ask(Self.question, Self.plan([server]))
            #expect(Self.texts(answer) == [#"100 10 "u" "E2U+sip" "!^.*$!sip:a@x.example!" ."#])
        }
        await server.stop()
        #expect(server.counts.datagrams == 2 && server.counts.streams == 0)
        for question in heard.withLock({ $0 }) {
            #expect(question.questions == [Self.question])
            #expect(question.flags == DNSMessage.Flag.recursionDesired)
            #expect(question.edns?.payloadSize == 1232)
        }
    }

    /// What others may send in the place of the server is no answer.
    @Test func passesOverWhatAnswersNothing() async throws {
        let server = try await LocalNameServer { question, _ in
            let other = DNSQuestion(Zone.name("1.e164.arpa"), .naptr)
            return [
                [], [1, 2, 3], Array(repeating: 255, count: 600),
                question.answer([Zone.sip("sip:number@x")]) { $0.id = question.id ^ 1 },
                question.answer([Zone.sip("sip:question@x")]) { $0.flags = 0 },
                question.answer([Zone.sip("sip:name@x")]) { $0.questions = [other] },
                question.answer([Zone.sip("sip:none@x")]) { $0.questions = [] },
                question.answer(Self.records),
            ]
        }
        let answer = try await NameServerClient().ask(Self.question, Self.plan([server]))
        #expect(answer.answers.map(\.data) == Self.records)
        await server.stop()
    }

    @Test func asksOverTCPForWhatDoesNotFit() async throws {
        let many = (1...30).map { Zone.sip("sip:\(String(repeating: "a", count: 60))@x", 1, $0) }
        let server = try await LocalNameServer { question, isStream in
            isStream ? [question.answer(many)] : [question.answer { $0.flags |= DNSMessage.Flag.truncated }]
        }
        let answer = try await NameServerClient().ask(Self.question, Self.plan([server]))
        #expect(answer.answers.map(\.data) == many)
        #expect(server.counts.datagrams == 1 && server.counts.streams == 1)
        await server.stop()
    }

    /// A server that is broken, refuses or ends the connection is one too many; the next one is asked.
    @Test(arguments: ["refuses", "fails", "closes", "unreadable", "other"])
    func asksTheNextServer(_ fault: String) async throws {
        let broken = try await LocalNameServer { question, isStream in
            switch (fault, isStream) {
            case ("refuses", _): [question.answer { $0.flags |= ResponseCode.refused.rawValue }]
            case ("fails", _): [question.answer { $0.flags |= ResponseCode.serverFailure.rawValue }]
            case (_, false): [question.answer { $0.flags |= DNSMessage.Flag.truncated }]
            case ("unreadable", true): [[1, 2, 3]]
            case ("other", true): [question.answer { $0.id = question.id ^ 1 }]
            default: []
            }
        }
        let server = try await LocalNameServer { question, _ in [question.answer(Self.records)] }
        let answer = try await NameServerClient().ask(Self.question, Self.plan([broken, server]))
        #expect(answer.answers.map(\.data) == Self.records)
        #expect(broken.counts.datagrams == 1 && server.counts.datagrams == 1)
        await broken.stop()
        await server.stop()
    }

    /// That there is no such name is an answer, and nobody else is asked.
    @Test func takesNoForAnAnswer() async throws {
        let servers = [
            try await LocalNameServer { question, _ in
                [question.answer { $0.flags |= ResponseCode.nameError.rawValue }]
            },
            try await LocalNameServer { question, _ in [question.answer(Self.records)] },
        ]
        let answer = try await NameServerClient().ask(Self.question, Self.plan(servers))
        #expect(answer.responseCode == .nameError && answer.answers.isEmpty)
        #expect(servers[1].counts.datagrams == 0)
        for server in servers { await server.stop() }
    }

    /// Servers that say nothing are asked again, so often and no more.
    @Test func givesUp() async throws {
        let server = try await LocalNameServer { _, _ in [] }
        let plan = Self.plan([server, server], timeout: .milliseconds(50), rounds: 3)
        do throws(NameServerFault) {
            _ = try await NameServerClient().ask(Self.question, plan)
            Issue.record("nobody has answered")
        } catch {
            #expect(error == .timedOut)
        }
        await server.stop()
        // A question that leaves late is not heard by a server that has ended.
        #expect((1...6).contains(server.counts.datagrams))
    }

    @Test func asksAgainWhoWasSilent() async throws {
        let count = Atomic<Int>(0)
        let server = try await LocalNameServer { question, _ in
            count.add(1, ordering: .relaxed).newValue < 3 ? [] : [question.answer(Self.records)]
        }
        let plan = Self.plan([server], timeout: .seconds(1), rounds: 20)
        let answer = try await NameServerClient().ask(Self.question, plan)
        #expect(answer.answers.map(\.data) == Self.records)
        #expect(server.counts.datagrams >= 3)
        await server.stop()
    }

    @Test func whereNobodyListensNobodyAnswers() async throws {
        let server = try await LocalNameServer { _, _ in [] }
        let endpoint = server.endpoint
        await server.stop()
        let plan = NameServerPlan(servers: [endpoint], timeout: .milliseconds(200), rounds: 1)
        do throws(NameServerFault) {
            _ = try await NameServerClient().ask(Self.question, plan)
            Issue.record("nobody is there")
        } catch {
            #expect([.unreachable, .timedOut].contains(error))
        }
        do throws(NameServerFault) {
            _ = try await NameServerClient().ask(Self.question, NameServerPlan())
            Issue.record("there is nobody to be asked")
        } catch {
            #expect(error == .withoutServers)
        }
    }

    /// A call that ends does not wait for an answer.
    @Test func endsWithWhoAsks() async throws {
        let (questions, continuation) = AsyncStream.makeStream(of: Void.self)
        let server = try await LocalNameServer { _, _ in
            continuation.yield()
            return []
        }
        let plan = Self.plan([server], rounds: 10)
        let asking = Task { () -> NameServerFault? in
            do throws(NameServerFault) {
                _ = try await NameServerClient().ask(Self.question, plan)
                return nil
            } catch {
                return error
            }
        }
        for await _ in questions { break }
        asking.cancel()
        #expect(await asking.value == .cancelled)
        await server.stop()
    }
}

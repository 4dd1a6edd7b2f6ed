import Base
import SIP
import SwitchCore
import Synchronization
import TandemTesting
import Testing

@testable import Sofia

/// Host names in Contact and Record-Route: whoever sends an INVITE chooses them.
struct NameLookUpTests {
    private static let sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
    private static let type = "Content-Type: application/sdp"

    private let exchange: SimulatedSwitch
    private let peer: WirePeer

    init() throws {
        exchange = try SimulatedSwitch(
            seed: 1,
            settings: ["auth-calls": "false"],
            actions: [("bridge", "sofia/internal/b@gateway.example")]
        )
        exchange.start()
        peer = WirePeer(exchange)
        exchange.network.names["gateway.example"] = IPAddress("10.0.0.98").map { [$0] }
        exchange.network.names["quick.example"] = IPAddress("10.0.0.97").map { [$0] }
        exchange.network.lookUpTime = { name in
            name.hasSuffix("slow.example") ? .seconds(60) : name == "late.example" ? .seconds(1) : .zero
        }
    }

    /// A call of the peer's that says so about where it is.
    @discardableResult
    private func call(_ number: String, _ id: String, contact: String) -> SIPMessage? {
        let uri = "sip:\(number)@10.0.0.1"
        let headers = ["Contact: <sip:a@\(contact)>", Self.type]
        return peer.request("INVITE", uri: uri, to: "<\(uri)>", fromTag: "peer", callID: id, headers, body: Self.sdp)
    }

    private func inDialog(_ method: String, _ answer: SIPMessage?, cseq: Int, contact: String? = nil) {
        peer.request(
            method,
            uri: "sip:mod_sofia@10.0.0.1",
            to: "<sip:5000@10.0.0.1>;tag=\(answer?.toTag ?? "")",
            fromTag: "peer",
            cseq: cseq,
            contact.map { ["Contact: <sip:a@\($0)>", Self.type] } ?? [],
            body: contact == nil ? "" : Self.sdp
        )
    }

    /// However many names strangers write into their INVITEs, a few are looked up at a time, and their calls go on; a
    /// name that the dialplan calls is looked up beside them.
    @Test func strangersCannotFillTheQueue() throws {
        let gateway = WirePeer(exchange, at: "10.0.0.98")
        for number in 0..<20 {
            #expect(call("5000", "flood\(number)", contact: "h\(number).slow.example")?.status == 200)
        }
        #expect((1...2).contains(exchange.network.mostLookUpsInFlight))
        call("5005", "good", contact: "10.0.0.99")
        #expect(gateway.heard.map(\.method) == [.invite])
    }

    /// Profiles look up their peers' names with the threads that all of them share; the dialplan's are looked up beside.
    @Test(arguments: [1, 2, 5]) func profilesShareTheThreads(_ count: Int) throws {
        let (loop, network, peers) = (exchange.loop, exchange.network, Turnstile(limit: 4))
        let profiles = (0..<count).map { _ in HostLookUps(loop: loop, transport: network, peers: peers) }
        let found = Mutex<[Int]>([])
        let note: @Sendable ([IPAddress]) -> Void = { addresses in found.withLock { $0.append(addresses.count) } }
        _ = loop.run {
            for (number, hosts) in profiles.enumerated() {
                for name in 0..<3 { hosts.lookUp("h\(number)-\(name).slow.example", for: .dialog, note) }
            }
        }
        let begun = min(2 * count, peers.limit)
        #expect(network.mostLookUpsInFlight == begun)
        // Those who are not looked up know it at once.
        #expect(found.withLock { $0.count } == 3 * count - begun)
        _ = loop.run { profiles[0].lookUp("quick.example", for: .call, note) }
        #expect(found.withLock { $0.last } == 1)
        // Whoever is done leaves room.
        loop.advance(by: .seconds(61))
        _ = loop.run { profiles[count - 1].lookUp("gateway.example", for: .dialog, note) }
        #expect(found.withLock { $0.last } == 1)
    }

    /// The ACK does not wait for a name server that says nothing: it goes where the 2xx came from.
    @Test func theACKIsNotLate() throws {
        let gateway = WirePeer(exchange, at: "10.0.0.98")
        call("5005", "one", contact: "10.0.0.99")
        let invite = try #require(gateway.heard.first)
        gateway.respond(200, to: invite, ["Contact: <sip:b@host.slow.example>", Self.type], body: Self.sdp)
        exchange.loop.advance(by: .seconds(3))
        #expect(gateway.heard.contains { $0.method == .ack && $0.requestURIText == "sip:b@host.slow.example" })
        #expect(peer.heard.last?.status == 200)
    }

    /// An answer about an older target that comes late does not undo what a newer one says.
    @Test func lateAnswersChangeNothing() throws {
        let quick = WirePeer(exchange, at: "10.0.0.97")
        exchange.network.names["late.example"] = IPAddress("10.0.0.96").map { [$0] }
        let late = WirePeer(exchange, at: "10.0.0.96")
        let answer = call("5000", "call", contact: "late.example")
        inDialog("ACK", answer, cseq: 1)
        inDialog("INVITE", answer, cseq: 2, contact: "quick.example")
        inDialog("ACK", answer, cseq: 2)
        exchange.loop.advance(by: .seconds(2))
        for session in exchange.softswitch.sessions.all { session.requestHangUp(.normalClearing) }
        exchange.loop.advance(by: .milliseconds(100))
        #expect(quick.heard.contains { $0.method == .bye })
        #expect(late.heard.isEmpty)
    }

    /// A name is asked for once while its answer is awaited or fresh.
    @Test(arguments: ["late.example", "quick.example", "unknown.example"])
    func answersAreShared(name: String) {
        for number in 0..<4 { call("5000", "a\(number)", contact: name.uppercased()) }
        #expect(exchange.network.lookedUp.count == 1)
        exchange.loop.advance(by: .seconds(60))
        call("5000", "b", contact: name)
        #expect(exchange.network.lookedUp.count == 2)
    }
}

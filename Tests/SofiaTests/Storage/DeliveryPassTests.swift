import Base
import SIP
import Testing

@testable import Sofia

/// Who may hand a call to a phone past the dialplan.
struct DeliveryPassTests {
    private static let node = ClusterNode(uri: SIPURI(host: SIPHost("10.0.0.1"), port: 5060), secret: "5ec2e7")
    private static let contact = "sip:1000@10.0.0.16:5060;line=7"

    /// The Route of a call to the contact, made at second 1000, as the other node reads it.
    private static func route() throws -> String {
        let contact = try #require(SIPURI(contact))
        let pass = DeliveryPass(to: contact, of: "1000", "pbx.example", in: "call", at: 1000, for: node)
        return pass.route(to: node).description
    }

    @Test func leadsToTheNode() throws {
        let route = try #require(NameAddress(try Self.route()))
        #expect(route.uri.hostText == "10.0.0.1")
        #expect(route.uri.port == 5060)
        #expect(route.uri.parameters.contains("lr"))
        let pass = try #require(DeliveryPass(route.uri))
        #expect((pass.user, pass.domain) == ("1000", "pbx.example"))
    }

    @Test(arguments: [
        (contact, Int64(1000), "5ec2e7", true), (contact, 1060, "5ec2e7", true), (contact, 940, "5ec2e7", true),
        (contact, 1061, "5ec2e7", false), (contact, 939, "5ec2e7", false), (contact, Int64.min, "5ec2e7", false),
        (contact, 1000, "5ec2e8", false), (contact, 1000, "", false),
        ("sip:1001@10.0.0.16:5060;line=7", 1000, "5ec2e7", false),
    ])
    func countsForOneContactAndAShortTime(contact: String, epoch: Int64, secret: String, counts: Bool) throws {
        let route = try #require(NameAddress(try Self.route()))
        let pass = try #require(DeliveryPass(route.uri))
        let uri = try #require(SIPURI(contact))
        #expect(pass.counts(for: uri, in: "call", at: epoch, secret: secret) == counts)
        #expect(!pass.counts(for: uri, in: "another call", at: epoch, secret: secret))
    }

    /// What was changed on the way counts for nobody, and what is no pass is none.
    @Test(arguments: [
        ("1000%40", "1001%40", true), ("tandem-at=1000", "tandem-at=1001", true), ("pbx.", "pbx2.", true),
        ("tandem-code=", "tandem-code=00", false), ("tandem-code=", "tandem-code=zz", false),
        ("tandem-at=1000", "tandem-at=soon", false), ("%40", "", false), ("tandem-to", "to", false),
    ])
    func isNotForged(part: String, other: String, isPass: Bool) throws {
        let text = try Self.route()
        try #require(text.contains(part))
        let route = try #require(NameAddress(text.replacing(part, with: other)))
        let pass = DeliveryPass(route.uri)
        #expect((pass != nil) == isPass)
        let uri = try #require(SIPURI(Self.contact))
        #expect(pass?.counts(for: uri, in: "call", at: 1000, secret: Self.node.secret) != true)
        #expect(DeliveryPass.isThere(in: route.uri))
    }

    /// A pass is good for one call, as long as it counts at all.
    @Test func isUsedOnce() throws {
        let contact = try #require(SIPURI(Self.contact))
        func pass(_ number: Int) -> DeliveryPass {
            DeliveryPass(to: contact, of: "1000", "pbx.example", in: "call\(number)", at: 1000, for: Self.node)
        }
        func second(_ number: Int) -> MonotonicInstant { .zero + .seconds(number) }
        let limit = 1000
        var used = UsedPasses(limit: limit)
        var results = [used.use(pass(0), at: second(0)), used.use(pass(0), at: second(1))]
        #expect(results == [.new, .used])
        results = (1..<limit).map { used.use(pass($0), at: second(119)) }
        #expect(results.allSatisfy { $0 == .new })
        let refused = used.use(pass(-1), at: second(119))
        #expect(refused == .full)
        // The shelf that is full is the older one now, and what is on it still counts.
        results = [-1, 0, limit - 1].map { used.use(pass($0), at: second(120)) }
        #expect(results == [.new, .used, .used])
        results = [limit - 1, -1].map { used.use(pass($0), at: second(238)) }
        #expect(results == [.used, .used])
        // A pass from a clock that is a minute ahead counts for two minutes, and no longer.
        results = [limit - 1, -1].map { used.use(pass($0), at: second(240)) }
        #expect(results == [.new, .used])
        results = [used.use(pass(-1), at: second(600))]
        #expect(results == [.new])
    }

    /// 500 requests a second from other nodes are taken, for as long as one likes.
    @Test func manyPassesAreRemembered() {
        #expect(UsedPasses.usualLimit == 60_000)
    }
}

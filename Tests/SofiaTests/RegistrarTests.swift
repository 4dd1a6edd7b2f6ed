import SIP
import TandemTesting
import Testing

/// What a registrar does with REGISTER (RFC 3261 §10.3), on the wire.
struct RegistrarTests {
    /// One REGISTER: Call-ID, CSeq, header lines; then the expected status and contacts with their seconds.
    private struct Step {
        var callID = "one"
        var cseq: Int
        var headers: [String]
        var status = 200
        var contacts: [String] = []
    }

    private static let a = "Contact: <sip:1000@10.0.0.99:5070>"
    private static let b = "Contact: <sip:1000@10.0.0.99:5080>"

    private static let stories: [(String, [String: String], [Step])] = [
        (
            "refresh, fetch and removal", [:],
            [
                Step(cseq: 1, headers: [a, "Expires: 600"], contacts: ["5070=600"]),
                Step(cseq: 2, headers: [a + ";expires=120", "Expires: 600"], contacts: ["5070=120"]),
                Step(cseq: 3, headers: [], contacts: ["5070=119"]),
                Step(callID: "two", cseq: 1, headers: [b + ";expires=60"], contacts: ["5070=119", "5080=60"]),
                Step(cseq: 4, headers: [a + ";expires=0"], contacts: ["5080=59"]),
                Step(cseq: 5, headers: [a + ";expires=0"], contacts: ["5080=59"]),
                Step(cseq: 6, headers: ["Contact: *", "Expires: 1"], status: 400),
                Step(cseq: 7, headers: ["Contact: *"], status: 400),
                Step(cseq: 8, headers: ["Contact: *", "Expires: 0"]),
            ]
        ),
        (
            "contacts of one REGISTER stay side by side", [:],
            [
                Step(cseq: 1, headers: [a + ";expires=60", b + ";expires=90"], contacts: ["5070=60", "5080=90"]),
                Step(cseq: 2, headers: [a + ";expires=30", b + ";expires=0"], contacts: ["5070=30"]),
            ]
        ),
        (
            "a REGISTER that was overtaken changes nothing", [:],
            [
                Step(cseq: 5, headers: [a + ";expires=60"], contacts: ["5070=60"]),
                Step(cseq: 4, headers: [a + ";expires=0"], status: 500),
                Step(cseq: 4, headers: [b + ";expires=60"], status: 500),
                Step(cseq: 4, headers: ["Contact: *", "Expires: 0"], status: 500),
                Step(callID: "two", cseq: 1, headers: [a + ";expires=90"], contacts: ["5070=90"]),
            ]
        ),
        (
            "all of its changes, or none", ["sip-force-expires-min": "60"],
            [
                Step(cseq: 1, headers: [a + ";expires=60", b + ";expires=59"], status: 423),
                Step(cseq: 2, headers: [a + ";expires=60", "Contact: <tel:+49301>"], status: 400),
                Step(cseq: 3, headers: []),
            ]
        ),
        (
            "limits and odd numbers", ["max-registrations-per-extension": "1", "sip-force-expires-max": "1000"],
            [
                Step(cseq: 1, headers: [a + ";expires=99999999999"], contacts: ["5070=1000"]),
                Step(callID: "two", cseq: 1, headers: [b], status: 403),
                Step(cseq: 2, headers: [a + ";expires=-1", "Expires: 70"], contacts: ["5070=70"]),
                Step(cseq: 3, headers: [a], contacts: ["5070=300"]),
            ]
        ),
        (
            "only one place at a time", ["multiple-registrations": "false"],
            [
                Step(cseq: 1, headers: [a + ";expires=60"], contacts: ["5070=60"]),
                Step(callID: "two", cseq: 1, headers: [b + ";expires=60"], contacts: ["5080=60"]),
            ]
        ),
        (
            "one place for each Call-ID", ["multiple-registrations": "call-id"],
            [
                Step(cseq: 1, headers: [a + ";expires=60"], contacts: ["5070=60"]),
                Step(cseq: 2, headers: [b + ";expires=60"], contacts: ["5080=60"]),
                Step(callID: "two", cseq: 1, headers: [a + ";expires=60"], contacts: ["5070=60", "5080=59"]),
            ]
        ),
    ]

    @Test(arguments: stories.indices)
    func story(_ number: Int) throws {
        let (name, settings, steps) = Self.stories[number]
        let exchange = try SimulatedSwitch(seed: 1, settings: settings.merging(["accept-blind-reg": "true"]) { $1 })
        exchange.start()
        let peer = WirePeer(exchange)
        for (position, step) in steps.enumerated() {
            let response = try #require(
                peer.request("REGISTER", uri: "sip:10.0.0.1", callID: step.callID, cseq: step.cseq, step.headers)
            )
            let contacts = response.contacts.map { "\($0.uri.port ?? 0)=\($0["expires"] ?? "")" }.sorted()
            #expect(response.status == step.status, "\(name), step \(position + 1)")
            #expect(contacts == step.contacts, "\(name), step \(position + 1)")
            #expect(step.status != 423 || response.contains(.minExpires))
        }
    }

    /// However often a phone refreshes, its registration has one timer.
    @Test func refreshesDoNotPileUp() throws {
        let exchange = try SimulatedSwitch(seed: 1, settings: ["accept-blind-reg": "true"])
        exchange.start()
        let peer = WirePeer(exchange)
        for cseq in 1...50 {
            peer.request("REGISTER", uri: "sip:10.0.0.1", cseq: 2 * cseq, [Self.a + ";expires=3600"])
            peer.request("REGISTER", uri: "sip:10.0.0.1", cseq: 2 * cseq + 1, [Self.a + ";expires=0"])
        }
        peer.request("REGISTER", uri: "sip:10.0.0.1", cseq: 200, [Self.a + ";expires=600"])
        exchange.loop.advance(by: .seconds(40))
        #expect(exchange.gauge("registrations") == 1)
        #expect(exchange.gauge("timers") <= 2)
        exchange.loop.advance(by: .seconds(4_000))
        #expect(exchange.gauge("registrations") == 0)
        #expect(exchange.gauge("timers") == 0)
    }
}

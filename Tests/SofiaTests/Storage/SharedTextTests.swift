import SIP
import SwitchCore
import TandemTesting
import Testing

@testable import Sofia

/// What is not a call, for phones that are registered with another node: texts, and what an operator wants done.
struct SharedTextTests {
    /// A phone of 1001's that is registered with the first node, and one of 1000's that is with the second.
    private final class Bench {
        let cluster: SimulatedCluster
        let (phone, sender): (WirePeer, WirePeer)

        init(seed: UInt64) throws {
            cluster = try SimulatedCluster(
                seed: seed,
                settings: ["auth-messages": "false", "accept-blind-reg": "true", "auth-calls": "false"]
            )
            phone = WirePeer(cluster.first)
            sender = WirePeer(cluster.second, at: "10.0.0.98")
            for (peer, user, host) in [(phone, "1001", 99), (sender, "1000", 98)] {
                let uri = "<sip:\(user)@10.0.0.1>"
                let headers = ["Contact: <sip:\(user)@10.0.0.\(host)>", "Expires: 600", "User-Agent: Snom/7"]
                peer.request("REGISTER", uri: "sip:10.0.0.1", from: uri, to: uri, callID: "of\(user)", headers)
            }
            try #require(
                cluster.comesTrue {
                    (try? cluster.rows("SELECT hostname FROM sip_registrations ORDER BY hostname"))
                        == [["node1"], ["node2"]]
                }
            )
        }

        /// What the phone has heard of a method.
        func heard(_ method: SIPMethod) -> [SIPMessage] {
            phone.heard.filter { $0.isRequest && $0.method == method }
        }

        /// Has a node carry out a command; it may wait for the database.
        func command(_ line: String, at node: SimulatedSwitch) -> String? {
            let softswitch = node.softswitch
            return cluster.finish { await softswitch.execute(command: line) }
        }

        func text(headers: [String] = ["Content-Type: text/plain"], body: String = "Hellö") -> SIPMessage? {
            let uri = "sip:1001@10.0.0.1"
            return sender.request(
                "MESSAGE",
                uri: uri,
                from: "\"Ann\" <sip:1000@10.0.0.1>",
                to: "<\(uri)>",
                callID: "text",
                headers,
                body: body
            )
        }
    }

    @Test func deliversTextsOfPhones() throws {
        let bench = try Bench(seed: 31)
        let events = [bench.cluster.first, bench.cluster.second].map {
            $0.softswitch.events.subscribe(to: [.message]) {}
        }
        _ = bench.text()
        #expect(bench.cluster.comesTrue { bench.heard(.message).count == 1 })
        let text = try #require(bench.heard(.message).last)
        #expect(text.requestURI?.description == "sip:1001@10.0.0.99")
        #expect(text.from.uri.user == "1000" && text.from.displayName == "Ann")
        #expect(text.bodyText == "Hellö")
        // What is between nodes is no phone's business.
        #expect(text.routes.isEmpty)
        // It was told of where it came in, and once.
        #expect(events.map { $0.takeAll().count } == [0, 1])
        bench.phone.respond(200, to: text, [])
        bench.cluster.loop.advance(by: .seconds(40))
        #expect(bench.heard(.message).count == 1)
    }

    @Test func deliversTextsOfOperators() throws {
        let bench = try Bench(seed: 32)
        let answer = bench.command("chat sip|1000@10.0.0.1|1001@10.0.0.1|Hello", at: bench.cluster.second)
        #expect(answer == "Sent")
        #expect(bench.cluster.comesTrue { bench.heard(.message).last?.bodyText == "Hello" })
    }

    /// Who does not read the shared database hands nothing to phones, and is not asked for a password either.
    @Test func refusesWhoDoesNotKnowTheSecret() throws {
        let bench = try Bench(seed: 33)
        try bench.cluster.change("UPDATE sip_nodes SET secret = '00' WHERE hostname = 'node1'")
        #expect(bench.text()?.status == 202)
        #expect(!bench.cluster.comesTrue { !bench.heard(.message).isEmpty })
    }

    /// A registration with another node is ended there, and its phone told.
    @Test(arguments: [
        ("check_sync 1001@10.0.0.1", 1, true), ("flush_inbound_reg 1001@10.0.0.1", 0, false),
        ("flush_inbound_reg of1001 reboot", 1, false), ("flush_inbound_reg 1001@10.0.0.1 reboot", 1, false),
        ("check_sync 10.0.0.1", 1, true), ("flush_inbound_reg 1002@10.0.0.1", 0, true),
        // Without a name, the node's own are meant.
        ("flush_inbound_reg", 0, true), ("check_sync", 0, true),
    ])
    func carriesOutOrders(_ order: String, _ notices: Int, _ stays: Bool) throws {
        let bench = try Bench(seed: 34)
        let answer = try #require(bench.command("sofia profile internal \(order)", at: bench.cluster.second))
        #expect(answer.hasPrefix("+OK"))
        let rows = "SELECT hostname FROM sip_registrations WHERE sip_user = '1001'"
        #expect(
            bench.cluster.comesTrue {
                bench.heard(.notify).count == notices && (try? bench.cluster.rows(rows).count) == (stays ? 1 : 0)
            }
        )
        // Nothing comes later.
        bench.cluster.loop.advance(by: .milliseconds(400))
        #expect(try bench.cluster.rows(rows).count == (stays ? 1 : 0))
        let heard = bench.heard(.notify)
        #expect(Set(heard.map(\.callID)).count == notices)
        if let notice = heard.first {
            #expect(notice.first(.event) == "check-sync;reboot=true")
            #expect(notice.routes.isEmpty)
        }
    }

    /// An order that no node gave.
    @Test func takesNoOrdersFromOthers() throws {
        let bench = try Bench(seed: 35)
        let peer = WirePeer(bench.cluster.first, at: "10.0.0.97")
        let plain = ["Event: tandem-flush", "Subscription-State: terminated"]
        #expect(peer.request("NOTIFY", uri: "sip:1001@10.0.0.99", plain)?.status == 481)
        let route = "Route: <sip:10.0.0.1;lr;tandem-to=1001%4010.0.0.1;tandem-at=1;tandem-code=00>"
        #expect(peer.request("NOTIFY", uri: "sip:1001@10.0.0.99", callID: "b", plain + [route])?.status == 403)
        #expect(bench.cluster.first.gauge("registrations") == 1)
    }
}

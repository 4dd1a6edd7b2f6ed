import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

@testable import Sofia

/// Phones that are registered with one node are asked by others, too, whether they are there: it tells of the paths to them.
struct SharedProbingTests {
    /// A turn of questions; who has answered.
    private static func ask(_ cluster: SimulatedCluster) -> [IPAddress] {
        let softswitch = cluster.second.softswitch
        softswitch.paths.isWatched = true
        for part in 0..<3 {
            _ = cluster.finish {
                for probe in softswitch.paths.contactProbes.all { await probe(part, 3) }
                return true
            }
            cluster.loop.advance(by: .seconds(1))
        }
        return softswitch.paths.takeAll().roundTrips.map(\.address)
    }

    @Test func asksPhonesOfOtherNodes() throws {
        let cluster = try SimulatedCluster(seed: 1, settings: ["accept-blind-reg": "true"])
        #expect(Self.ask(cluster) == [])
        let phone = try cluster.phone("1001", at: cluster.first, seed: 1)
        // Behind a NAT, and by a name: nobody but its own node reaches one, and nobody looks up the other.
        let hidden = WirePeer(cluster.first, at: "10.0.0.97")
        for contact in ["<sip:1002@192.168.1.7>", "<sip:1003@phone.example>"] {
            hidden.request("REGISTER", uri: "sip:10.0.0.1", callID: contact, ["Contact: \(contact)", "Expires: 600"])
        }
        let rows = "SELECT contact FROM sip_registrations WHERE hostname = 'node1'"
        try #require(cluster.comesTrue { (try? cluster.rows(rows).count) == 3 })
        for _ in 0..<3 { #expect(Self.ask(cluster) == [phone.address]) }
        #expect(!hidden.heard.contains { $0.isRequest && $0.method == .options })
        phone.register(expires: 0)
        try #require(cluster.comesTrue { (try? cluster.rows(rows).count) == 2 })
        #expect(Self.ask(cluster) == [])
    }
}

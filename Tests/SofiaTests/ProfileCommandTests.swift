import Base
import SIP
import SwitchCore
import TandemTesting
import Testing

@testable import Sofia

/// `sofia profile` and what belongs to it, as operators type it.
struct ProfileCommandTests {
    @Test(
        arguments: [
            ("sofia_presence_data list 1000@10.0.0.1", "+OK\n"), ("sofia_presence_data status 1000@10.0.0.1", ""),
            ("sofia profile", "Invalid Args!\n"), ("sofia profile internal", "Invalid Args!\n"),
            ("sofia profile nobody stop", "Invalid Profile [nobody]"), ("sofia dance", "Unknown Command [dance]\n"),
            ("sofia profile nobody start", "Reload XML [Success]\nFailure starting nobody\n"),
            ("sofia profile internal start", "Reload XML [Success]\ninternal started successfully\n"),
            (
                "sofia profile internal stop",
                "Profile internal must be up for at least 10 seconds to stop/restart.\nPlease wait 10 seconds\n"
            ),
            ("sofia profile internal flush_inbound_reg", "+OK flushing all registrations\n"),
            (
                "sofia profile internal flush_inbound_reg 1000@10.0.0.1",
                "+OK flushing all registrations matching specified call_id\n"
            ),
            ("sofia profile internal flush_inbound_reg reboot", "+OK rebooting all registrations\n"),
            (
                "sofia profile internal flush_inbound_reg phone reboot",
                "+OK rebooting all registrations matching specified call_id\n"
            ),
            ("sofia profile internal check_sync", "+OK syncing all registrations\n"),
            (
                "sofia profile internal check_sync 1000@10.0.0.1",
                "+OK syncing all registrations matching specified call_id\n"
            ),
            ("sofia profile internal siptrace", "Usage: sofia profile <name> siptrace <on/off>\n"),
            ("sofia profile internal siptrace on", "Enabled sip debugging on internal"),
            ("sofia profile internal siptrace off", "Disabled sip debugging on internal"),
            (
                "sofia profile internal startgw nobody",
                "Reload XML [Success]\n-ERR cannot add gateway nobody for profile internal\n"
            ),
            ("sofia profile internal recover", "-ERR recovering calls is not in this version\n"),
            ("sofia profile internal watchdog on", "-ERR sofia profile watchdog is not in this version\n"),
            ("sofia recover", "-ERR recovering calls is not in this version\n"),
            ("sofia loglevel all 9", "-ERR logs by component are not in this version; see sofia tracelevel\n"),
            ("sofia tracelevel", "+OK tracelevel is NOTICE"), ("sofia tracelevel debug", "+OK tracelevel is DEBUG"),
            ("sofia tracelevel loud", "-ERR no such level: loud\n"),
            ("sofia global siptrace on", "+OK Global siptrace on"),
            ("sofia global siptrace off", "+OK Global siptrace off"),
            ("sofia global capture on", "-ERR sofia global capture is not in this version\n"),
            ("sofia global dance", "-ERR Usage: siptrace <on|off>\n"),
        ]
    )
    func answers(_ line: String, _ answer: String) throws {
        #expect(try RegisteredPhone().exchange.command(line) == answer)
    }

    /// Which registrations a word means, and that what is told of them is as if their time were over.
    @Test(
        arguments: [
            ("", true), ("phone", true), ("other", false), ("1000@10.0.0.1", true), ("1000@other.example", false),
            ("@10.0.0.1", true), ("10.0.0.1", true), ("1001@10.0.0.1", false),
        ]
    )
    func flushes(_ word: String, _ isGone: Bool) throws {
        let phone = try RegisteredPhone()
        #expect(phone.contact.contains("10.0.0.99"))
        _ = phone.told()
        _ = phone.exchange.command("sofia profile internal flush_inbound_reg \(word)")
        #expect(phone.contact.contains("10.0.0.99") != isGone)
        #expect(phone.told() == (isGone ? ["sofia::expire"] : []))
        #expect(!phone.peer.heard.contains { $0.method == .notify })
    }

    /// Phones are told in the words of their makers.
    @Test(
        arguments: [
            ("snom370", "check-sync;reboot=true"), ("Yealink SIP-T46G", "check-sync;reboot=true"),
            ("Linksys/SPA8000-1.0", "check-sync"), ("Linksys/PAP2", "reboot_now"), ("Cisco/SPA504G", "reboot"),
            ("Cisco-CP7960G/8.0", "check-sync"), ("Cisco-CP8851/12", "service-control"), ("PolycomVVX", "check-sync"),
        ],
        ["check_sync", "flush_inbound_reg reboot"]
    )
    func reboots(_ phone: (userAgent: String, event: String), _ command: String) throws {
        let exchange = try RegisteredPhone(userAgent: phone.userAgent)
        _ = exchange.exchange.command("sofia profile internal \(command)")
        exchange.exchange.loop.advance(by: .milliseconds(100))
        let notice = try #require(exchange.peer.heard.last { $0.isRequest && $0.method == .notify })
        #expect(notice.first(.event) == phone.event)
        #expect(notice.requestURI?.description == "sip:1000@10.0.0.99")
        #expect(notice.bodyText.contains("RegisterCallId={phone}") == (phone.event == "service-control"))
        #expect(exchange.contact.contains("10.0.0.99") == (command == "check_sync"))
    }

    /// A profile that is started again has its registrations, and none of its calls.
    @Test(arguments: ["restart", "stop", "stop wait"])
    func stopsAndStarts(_ command: String) throws {
        let phone = try RegisteredPhone()
        let call = phone.peer.request(
            "INVITE",
            uri: "sip:5000@10.0.0.1",
            ["Contact: <sip:1000@10.0.0.99>"]
        )
        #expect(call?.status == 200 && phone.exchange.softswitch.sessions.count == 1)
        phone.wait(11)
        _ = phone.told()
        let word = command == "restart" ? "restarting" : "stopping"
        let answer = phone.exchange.command("sofia profile internal \(command)")
        #expect(answer == "Reload XML [Success]\n\(word): internal" || command == "stop wait")
        #expect(phone.exchange.loop.runUntil { phone.exchange.softswitch.sessions.count == 0 })
        if command != "restart" {
            phone.wait(2)
            #expect(phone.exchange.command("sofia profile internal gwlist") == "Invalid Profile [internal]")
            #expect(phone.peer.request("OPTIONS", uri: "sip:10.0.0.1", callID: "gone") == nil)
            #expect(
                phone.exchange.command("sofia profile internal start")
                    == "Reload XML [Success]\ninternal started successfully\n"
            )
        }
        #expect(phone.exchange.loop.runUntil { phone.exchange.command("sofia status").contains("RUNNING") })
        phone.wait(1)
        #expect(phone.told().contains("sofia::profile_start"))
        #expect(phone.contact.contains("10.0.0.99"))
        #expect(phone.peer.request("OPTIONS", uri: "sip:10.0.0.1", callID: "back")?.status == 200)
        // What the profile has kept still ends when its time is over.
        phone.wait(3700)
        #expect(!phone.contact.contains("10.0.0.99"))
        #expect(phone.told().filter { $0 == "sofia::expire" }.count == 1)
    }

    private static let second = """
        </profile><profile name="second"><settings><param name="sip-ip" value="10.0.0.1"/>
        <param name="sip-port" value="5080"/><param name="rtp-ip" value="127.0.0.1"/></settings>
        """

    /// The names of the running profiles, in their order.
    private func profiles(_ exchange: SimulatedSwitch) -> [String] {
        let text = exchange.command("sofia xmlstatus")
        return text.split(separator: "<name>").dropFirst().map { String($0.prefix { $0 != "<" }) }
            .filter { ["internal", "second"].contains($0) }
    }

    /// All are restarted together once they have been up for long enough, and keep their order.
    @Test func restartsAll() throws {
        let exchange = try SimulatedSwitch(seed: 3, profileParts: Self.second)
        let events = exchange.softswitch.events.subscribe(to: [.custom]) {}
        exchange.start()
        func begun() -> Int { events.takeAll().count { $0["Event-Subclass"] == "sofia::profile_start" } }
        #expect(profiles(exchange) == ["internal", "second"] && begun() == 2)
        #expect(exchange.command("sofia profile restart all") == "")
        exchange.loop.advance(by: .seconds(5))
        #expect(begun() == 0)
        for time in [6, 11] {
            exchange.loop.advance(by: .seconds(time))
            // The first takes longer than the second.
            for _ in 0..<3 { _ = exchange.command("sofia profile restart all") }
            exchange.loop.advance(by: .milliseconds(100))
            #expect(profiles(exchange) == ["internal", "second"] && begun() == 2)
        }
        exchange.loop.advance(by: .seconds(11))
        _ = exchange.command("sofia profile internal restart")
        exchange.loop.advance(by: .seconds(1))
        #expect(profiles(exchange) == ["internal", "second"] && begun() == 1)
    }

    /// A restart that fails leaves the registrations for the next attempt.
    @Test func failsToRestart() throws {
        let phone = try RegisteredPhone()
        phone.wait(11)
        phone.exchange.network.listening.isRefused = true
        _ = phone.exchange.command("sofia profile internal restart")
        phone.wait(1)
        #expect(phone.exchange.profile == nil)
        #expect(phone.exchange.command("sofia profile internal start").contains("Failure starting internal\n"))
        phone.exchange.network.listening.isRefused = false
        #expect(phone.exchange.command("sofia profile internal start").contains("started successfully"))
        #expect(phone.contact.contains("10.0.0.99"))
    }

    /// A profile that is beginning when the module ends does not outlive it.
    @Test func endsWhatBegins() throws {
        let phone = try RegisteredPhone()
        phone.wait(11)
        phone.exchange.network.listening.time = .seconds(2)
        _ = phone.exchange.command("sofia profile internal restart")
        phone.wait(1)
        let softswitch = phone.exchange.softswitch
        phone.exchange.loop.run { _ = await softswitch.modules.unload("mod_sofia", from: softswitch) }
        phone.wait(5)
        #expect(phone.exchange.profile == nil)
        #expect(phone.peer.request("OPTIONS", uri: "sip:10.0.0.1", callID: "gone") == nil)
    }

    /// Messages are in the log while somebody wants them, without what proves who somebody is.
    @Test(arguments: [
        ([], ["sip-trace": "true"], true), (["sofia profile internal siptrace on"], [:], true),
        (["sofia global siptrace on"], [:], true), ([], [:], false),
        (["sofia global siptrace on", "sofia profile internal siptrace off"], [:], false),
    ])
    func traces(_ commands: [String], _ settings: [String: String], _ isTraced: Bool) throws {
        let phone = try RegisteredPhone(settings: settings)
        for command in commands { _ = phone.exchange.command(command) }
        let secret = "Authorization: Digest username=\"1000\", response=\"d41d8cd98f00b204\""
        let invite = ["Contact: <sip:1000@10.0.0.99>", secret]
        let sdp =
            "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:secretkey\r\n"
            + "k=clear:secretkey\r\na=ice-ufrag:seen\r\na=ice-pwd:secretkey\r\na=key-mgmt:mikey secretkey\r\n"
        phone.peer.request("OPTIONS", uri: "sip:10.0.0.1", callID: "seen", invite, body: sdp)
        let text = phone.log.lines.joined(separator: "\n")
        #expect((text.contains("recv ") && text.contains("Call-ID: seen") && text.contains("send ")) == isTraced)
        #expect(!text.contains("d41d8cd98f00b204") && !text.contains("secretkey"))
        #expect(text.contains("(hidden)") == isTraced)
    }
}

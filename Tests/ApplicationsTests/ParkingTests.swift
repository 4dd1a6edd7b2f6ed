import SwitchCore
import TandemTesting
import Testing

@testable import Applications

/// Parking calls and taking over those of others.
struct ParkingTests {
    private static let music = ("set", "valet_hold_music=silence")

    private static let dialplan =
        Actions.extension("1", [music, ("valet_park", "lot 601")])
        + Actions.extension("2", [music, ("valet_park", "lot auto in 601 602")])
        + Actions.extension("3", [("valet_park", "lot auto out 601 602"), ("set", "empty=1"), ("park", "")])
        + Actions.extension(
            "4",
            [
                music, ("set", "valet_parking_timeout=10"), ("set", "valet_parking_orbit_exten=6"),
                ("valet_park", "lot 603"),
            ]
        )
        + Actions.extension("5", [("valet_park", "lot ask 3 3 1000 silence"), ("park", "")])
        + Actions.extension("6", [("set", "orbit=1"), ("park", "")])
        + Actions.extension("7", [("valet_park", "lot auto in 5"), ("set", "after=1"), ("park", "")])
        + Actions.extension("8", [("answer", ""), ("park", "")])

    private static func info(_ exchange: TestSwitch) -> String { exchange.command("valet_info lot") }

    @Test func parksAndIsTaken() throws {
        let exchange = try TestSwitch(Self.dialplan)
        let parked = try exchange.call("1")
        exchange.loop.advance(by: .seconds(1))
        #expect(
            Self.info(exchange) == """
                <lots>
                  <lot name="lot">
                    <extension uuid="\(parked.id)">601</extension>
                  </lot>
                </lots>

                """
        )
        let taker = try exchange.call("1")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("bridge_uuid", of: taker) == parked.id)
        #expect(exchange.variable("bridge_uuid", of: parked) == taker.id)
        #expect(Self.info(exchange) == "<lots>\n</lots>\n")
        // One goes, the other goes too, and nothing is left.
        _ = exchange.command("uuid_kill \(taker.id)")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("hangup_cause", of: parked) == "NORMAL_CLEARING")
        #expect(exchange.softswitch.sessions.count == 0)
        #expect(exchange.loop.pendingTimers == 0)
    }

    @Test func findsPlaces() throws {
        let exchange = try TestSwitch(Self.dialplan)
        let (first, second) = (try exchange.call("2"), try exchange.call("2"))
        exchange.loop.advance(by: .seconds(1))
        #expect(Self.info(exchange).contains("\"\(first.id)\">601<"))
        #expect(Self.info(exchange).contains("\"\(second.id)\">602<"))
        // Both places are taken.
        let third = try exchange.call("2")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("hangup_cause", of: third) == "NORMAL_CLEARING")
        // Who has waited longest comes first; when nobody is there the call goes on.
        let taker = try exchange.call("3")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("bridge_uuid", of: taker) == first.id)
        _ = exchange.command("uuid_kill \(second.id)")
        let late = try exchange.call("3")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("empty", of: late) == "1")
    }

    /// Who hangs up while the place is announced leaves nothing there, nor does the one who was to be parked.
    @Test(arguments: ["caller", "parker", "parked"])
    func keepsNoPlaceForNobody(_ who: String) throws {
        let exchange = try Self.announcing(
            Actions.extension("9", [Self.music, ("valet_park", "lot auto in 601 602")])
                + Actions.extension("10", [("answer", ""), ("bridge", "loopback/8/default"), ("set", "after=1")])
        )
        let caller = try exchange.call(who == "caller" ? "9" : "10")
        exchange.loop.advance(by: .milliseconds(500))
        let partner = exchange.run { await caller.partner } ?? nil
        if let partner {
            let isAsked = exchange.run { await partner.broadcast("valet_park", "lot auto in 601 602") }
            #expect(isAsked == true)
        }
        #expect(exchange.loop.runUntil { Self.info(exchange).contains("601") })
        (who == "parker" ? partner ?? caller : caller).requestHangUp(.normalClearing)
        exchange.loop.advance(by: .seconds(10))
        #expect(Self.info(exchange) == "<lots>\n</lots>\n")
        #expect(exchange.softswitch.sessions.count == 0)
    }

    /// Who is sent elsewhere while the place is announced stays there: the one who parks goes on, and the place is free.
    @Test func parksNobodyWhoHasGone() throws {
        let exchange = try Self.announcing(
            Actions.extension(
                "9",
                [("answer", ""), ("bridge", "loopback/8/default"), ("set", "after=1"), ("park", "")]
            )
                + Actions.extension("10", [("set", "elsewhere=1"), ("park", "")])
        )
        let caller = try exchange.call("9")
        exchange.loop.advance(by: .milliseconds(500))
        let partner = try #require(exchange.run { await caller.partner } ?? nil)
        #expect(exchange.run { await caller.broadcast("valet_park", "lot auto in 601 602") } == true)
        #expect(exchange.loop.runUntil { exchange.variable("current_application", of: caller) == "sleep" })
        #expect(Self.info(exchange).contains("601"))
        #expect(exchange.command("uuid_transfer \(partner.id) 10") == "+OK\n")
        exchange.loop.advance(by: .seconds(10))
        #expect(Self.info(exchange) == "<lots>\n</lots>\n")
        #expect(exchange.variable("elsewhere", of: partner) == "1")
        #expect(exchange.variable("current_application", of: partner) == "park")
        #expect(exchange.variable("after", of: caller) == "1")
        #expect(exchange.variable("current_application", of: caller) == "park")
    }

    /// A switch that takes three seconds to say where a call is parked.
    private static func announcing(_ extensions: String) throws -> TestSwitch {
        try TestSwitch(
            dialplan + extensions,
            macros: #"""
                <macro name="valet_announce_ext"><input pattern="(.*)"><match>
                <action function="execute" data="sleep(3000)"/></match></input></macro>
                """#
        )
    }

    @Test func goesToTheOrbit() throws {
        let exchange = try TestSwitch(Self.dialplan)
        let parked = try exchange.call("4")
        exchange.loop.advance(by: .seconds(9))
        #expect(exchange.variable("orbit", of: parked) == nil)
        exchange.loop.advance(by: .seconds(2))
        #expect(exchange.variable("orbit", of: parked) == "1")
        #expect(Self.info(exchange) == "<lots>\n</lots>\n")
    }

    /// A key leads there too; without a time of its own a call waits for a minute.
    @Test(arguments: [true, false]) func goesToTheOrbitAtOnce(byKey: Bool) throws {
        let orbit = [
            Self.music, ("set", "valet_parking_orbit_exten=6"), ("set", "valet_parking_orbit_exit_key=5"),
            ("valet_park", "lot 604"),
        ]
        let exchange = try TestSwitch(Self.dialplan + Actions.extension("9", orbit))
        let parked = try exchange.call("9")
        exchange.loop.advance(by: .seconds(59))
        #expect(exchange.variable("valet_lot_extension", of: parked) == "604")
        #expect(exchange.variable("orbit", of: parked) == nil)
        if byKey { _ = exchange.command("uuid_recv_dtmf \(parked.id) 5") }
        exchange.loop.advance(by: .milliseconds(byKey ? 500 : 2000))
        #expect(exchange.variable("orbit", of: parked) == "1")
    }

    /// The orbit has a dialplan and a context of its own.
    @Test(
        arguments: [
            ([("exten", "set:orbit=2"), ("dialplan", "inline")], "2"),
            ([("exten", "6"), ("dialplan", "XML"), ("context", "default")], "1"),
            ([("exten", "6"), ("context", "nowhere")], nil),
        ] as [([(String, String)], String?)]
    )
    func goesToAnOrbitElsewhere(_ orbit: [(String, String)], _ value: String?) throws {
        let settings = orbit.map { ("set", "valet_parking_orbit_\($0.0)=\($0.1)") }
        let parking = [Self.music] + settings + [("set", "valet_parking_timeout=10"), ("valet_park", "lot 605")]
        let exchange = try TestSwitch(Self.dialplan + Actions.extension("9", parking))
        let parked = try exchange.call("9")
        exchange.loop.advance(by: .seconds(9))
        #expect(exchange.variable("valet_lot_extension", of: parked) == "605")
        #expect(exchange.variable("orbit", of: parked) == nil)
        exchange.loop.advance(by: .seconds(2))
        #expect(exchange.variable("orbit", of: parked) == value)
        #expect(Self.info(exchange) == "<lots>\n</lots>\n")
    }

    /// The one who parks somebody is told where, unless that is not wanted.
    @Test(arguments: [("", "601"), ("true", "601"), ("false", nil)] as [(String, String?)])
    func announcesThePlace(_ setting: String, _ told: String?) throws {
        let announcing = ("set", "valet_announce_slot=\(setting)")
        let parking = [Self.music, announcing, ("valet_park", "lot auto in 601 602")]
        let exchange = try TestSwitch(
            Self.dialplan + Actions.extension("9", parking),
            macros: #"""
                <macro name="valet_announce_ext"><input pattern="^lot:(.*)$"><match>
                <action function="execute" data="set(told=$1)"/></match></input></macro>
                """#
        )
        let parked = try exchange.call("9")
        exchange.loop.advance(by: .seconds(1))
        #expect(Self.info(exchange).contains("\"\(parked.id)\">601<"))
        #expect(exchange.variable("told", of: parked) == told)
    }

    /// Of two who come for one call the first has it; the second is parked there himself.
    @Test func oneOfTwoRetrieves() throws {
        let exchange = try TestSwitch(Self.dialplan)
        let events = exchange.softswitch.events.subscribe(to: [.custom]) {}
        let parked = try exchange.call("1")
        exchange.loop.advance(by: .seconds(1))
        let takers = [try exchange.call("1"), try exchange.call("1")]
        exchange.loop.advance(by: .seconds(1))
        #expect(takers.map { exchange.variable("bridge_uuid", of: $0) == parked.id } == [true, false])
        #expect(Self.info(exchange).contains("\"\(takers[1].id)\">601<"))
        let told = events.takeAll().filter { $0["Event-Subclass"] == "valet_parking::info" }
        #expect(told.compactMap { $0["Action"] } == ["hold", "bridge", "exit", "hold"])
        #expect(told.prefix(3).map { $0["Unique-ID"] } == [parked.id, parked.id, parked.id])
        #expect(told[1]["Bridge-To-UUID"] == takers[0].id)
        #expect(told.allSatisfy { $0["Valet-Lot-Name"] == "lot" && $0["Valet-Extension"] == "601" })
    }

    @Test func asksForAPlace() throws {
        let exchange = try TestSwitch(Self.dialplan)
        let parked = try exchange.call("1")
        let taker = try exchange.call("5")
        _ = exchange.command("uuid_recv_dtmf \(taker.id) 601#")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("bridge_uuid", of: taker) == parked.id)
        let silent = try exchange.call("5")
        exchange.loop.advance(by: .seconds(10))
        #expect(exchange.variable("hangup_cause", of: silent) == "DESTINATION_OUT_OF_ORDER")
        #expect(exchange.variable("after", of: try exchange.call("7")) == "1")
    }

    // MARK: - Taking over

    private static func takers(_ lines: [(String, String)]) -> String {
        dialplan
            + Actions.extension("10", [("answer", ""), ("bridge", "loopback/8/default")])
            + Actions.extension("11", [("bridge", "loopback/12/default")])
            + Actions.extension("12", [("ring_ready", ""), ("park", "")])
            + Actions.extension("20", lines + [("set", "after=1"), ("park", "")])
    }

    /// The caller of a bridge is taken, or the called leg (`-bleg`); a ringing call is answered for who calls.
    @Test(arguments: [("10", ""), ("10", "-bleg "), ("11", "")])
    func takes(_ number: String, _ flag: String) throws {
        let exchange = try TestSwitch(Self.takers([("intercept", flag + "${global_getvar(target)}")]))
        let caller = try exchange.call(number)
        exchange.loop.advance(by: .seconds(1))
        let called = exchange.run { await caller.partner } ?? nil
        let target = flag.isEmpty ? caller : try #require(called)
        _ = exchange.command("global_setvar target=\(caller.id)")
        let taker = try exchange.call("20")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("bridge_uuid", of: taker) == target.id)
        #expect(exchange.variable("hangup_cause", of: target) == nil)
        #expect(exchange.run { await target.isAnswered } == true)
        if let called {
            let loser = flag.isEmpty ? called : caller
            #expect(exchange.variable("hangup_cause", of: loser) != nil)
        }
        _ = exchange.command("hupall")
        #expect(exchange.softswitch.sessions.count == 0)
        #expect(exchange.loop.pendingTimers == 0)
    }

    @Test(arguments: [
        [("intercept", "nobody")], [("intercept", "")],
        [("set", "intercept_unbridged_only=true"), ("intercept", "${global_getvar(target)}")],
        [("set", "intercept_unanswered_only=true"), ("intercept", "${global_getvar(target)}")],
        [("intercept", "${uuid}")],
    ])
    func doesNotTake(_ lines: [(String, String)]) throws {
        let exchange = try TestSwitch(Self.takers(lines))
        let caller = try exchange.call("10")
        exchange.loop.advance(by: .seconds(1))
        _ = exchange.command("global_setvar target=\(caller.id)")
        let taker = try exchange.call("20")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("after", of: taker) == "1")
        #expect(exchange.variable("bridge_uuid", of: caller) != nil)
    }

    /// Two take the same call at the same moment: one of them has it, the other one is told so and goes on, and nothing is
    /// left when it ends.
    @Test(arguments: [
        "uuid_bridge N T", "uuid_transfer N 'intercept:T,park' inline",
        "uuid_transfer N 'valet_park:lot 601,park' inline",
    ])
    func oneOfTwoHasIt(_ line: String) throws {
        let exchange = try TestSwitch(Self.takers([("park", "")]))
        let parked = try exchange.call(line.contains("valet") ? "1" : "12")
        let takers = try (0..<2).map { _ in try exchange.call("20") }
        let softswitch = exchange.softswitch
        let lines = takers.map { line.replacing("N", with: $0.id).replacing("T", with: parked.id) }
        _ = exchange.run {
            async let first = softswitch.execute(command: lines[0])
            async let second = softswitch.execute(command: lines[1])
            return await [first, second]
        }
        exchange.loop.advance(by: .seconds(1))
        let partner = exchange.run { await parked.partner } ?? nil
        let winner = try #require(partner)
        let loser = try #require(takers.first { $0 !== winner })
        #expect(exchange.run { await winner.partner } as? Session === parked)
        #expect(exchange.run { await loser.partner } as? Session == nil)
        exchange.run { await parked.hangUp(.normalClearing) }
        exchange.loop.advance(by: .seconds(1))
        _ = exchange.command("hupall")
        #expect(exchange.softswitch.sessions.count == 0)
        #expect(exchange.loop.pendingTimers == 0)
    }
}

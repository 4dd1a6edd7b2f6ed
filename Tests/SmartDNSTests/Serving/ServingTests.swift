import Base
import DNSMessage
import NIOCore
import NIOPosix
import NetworkConditions
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import SmartDNS

struct ServingTests {
    private func rows(_ text: String) -> [NetworkCondition] {
        ConditionFile.parse(text, at: MonotonicInstant(nanoseconds: 7))
    }

    @Test func conditions() throws {
        let row = try #require(rows("192.0.2.0/24 a 35.5 0.4 2 100\n").first)
        #expect("\(row.network)" == "192.0.2.0/24")
        #expect(row.dataCenter == "a")
        #expect(row.roundTrip.mean == 35.5 && row.roundTrip.weight == 100)
        #expect(abs(row.loss.mean - 0.004) < 1e-12)
        #expect(row.newest == MonotonicInstant(nanoseconds: 7))
    }

    @Test(arguments: [
        "", "# a comment of six words here", "192.0.2.0/24 a 35 0.1 2", "192.0.2.0/33 a 35 0.1 2 1",
        "192.0.2.0/24 a -1 0 0 1",
        "192.0.2.0/24 a nan 0 0 1", "192.0.2.0/24 a 1 101 0 1", "192.0.2.0/24 a inf 0 0 1",
    ]) func noConditions(line: String) {
        #expect(rows(line + "\n2001:db8::/48 b 1 0 0 1").map(\.dataCenter) == ["b"])
    }

    /// A file that stays as it is counts for as long as it is there: its rows are said again every five minutes.
    @Test func unchangedFilesAreRepeated() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/rows"
        try LocalFiles.replace(path, with: Array("192.0.2.0/24 a 35 0 0 1\n".utf8))
        let seconds = Mutex(Int64(1))
        let file = ConditionFile(path: path) { MonotonicInstant(nanoseconds: seconds.withLock { $0 } * 1_000_000_000) }
        var newest: [Int64] = []
        for time: Int64 in [1, 3, 299, 301, 303, 601] {
            seconds.withLock { $0 = time }
            newest += try await file.conditions().map { $0.newest.nanoseconds / 1_000_000_000 }
        }
        #expect(newest == [1, 301, 601])
    }

    // MARK: - Commands

    private func desk() throws -> SteeringDesk {
        let desk = SteeringDesk(try Example.configuration())
        desk.update(rows("203.0.113.0/24 a 90 0.1 2 100\n203.0.113.0/24 c 20 0.1 2 100"))
        return desk
    }

    @Test(arguments: [
        ("drain nobody", "-ERR"), ("observe a x asleep", "-ERR"), ("observe nobody x ready", "-ERR"), ("", "-USAGE"),
        ("explain sip.example.net", "-USAGE"), ("explain web.example.net 1.2.3.4", "-ERR"),
        ("explain a..b 1.2.3.4", "-ERR"),
        ("explain sip.example.net 1.2.3", "-ERR"),
        ("status", "networks 5, rows refused 0, resolvers 0, late decisions 0\n  a: up, share 1.00, changes 0"),
        ("explain sip.example.net 203.0.113.9", "asker 203.0.113.9/32\n"),
    ]) func commands(command: String, beginning: String) throws {
        let answer = try desk().command(command)
        #expect(answer.hasPrefix(beginning), "\(answer)")
    }

    @Test func draining() throws {
        let desk = try desk()
        let network = try #require(IPPrefix("203.0.113.9/32"))
        #expect(desk.decide(network, chance: 99).order.first == 2)
        #expect(desk.command("drain c") == "+OK\n")
        #expect(desk.decide(network, chance: 99).order == [0, 1] || desk.decide(network, chance: 99).order == [1, 0])
        #expect(desk.command("explain sip.example.net 203.0.113.9").contains("c: "))
        #expect(desk.command("undrain c") == "+OK\n")
        for _ in 0..<3 { #expect(desk.command("observe c x silent") == "+OK\n") }
        #expect(!desk.decide(network, chance: 99).order.contains(2))
        // Nobody in particular gets the configured order of those that live.
        #expect(desk.decide(nil, chance: 99).order == [0, 1])
    }

    /// Who does not get the lock in time hears of no data center that is down, or drained.
    @Test func contention() throws {
        let desk = try desk()
        let network = try #require(IPPrefix("203.0.113.9/32"))
        for _ in 0..<3 { #expect(desk.command("observe a x silent") == "+OK\n") }
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let group = MultiThreadedEventLoopGroup.singleton
        func busy() throws -> SteeringDecision {
            try desk.plan.state.withLock { _ in
                try threads.runIfActive(eventLoop: group.next()) { desk.decide(network, chance: 99) }.wait()
            }
        }
        #expect(try busy().order == [1, 2])
        #expect(desk.command("drain c") == "+OK\n")
        #expect(try busy().order == [1])
        #expect(desk.command("drain b") == "+OK\n")
        let last = try busy()
        #expect(last.order == [0, 1, 2] && last.isLastResort)
        #expect(desk.command("status").contains("late decisions 3\n"))
        // It is no answer to keep.
        let service = try #require(desk.plan.zones.zones[0].steered[Example.name("sip.example.net")])
        let rows = desk.plan.zones.steeredRows(
            Example.name("sip.example.net"),
            service,
            .any,
            chance: 0,
            decision: last
        )
        #expect(!rows.isEmpty && rows.allSatisfy { $0.ttl == 1 })
        try threads.syncShutdownGracefully()
    }

    /// A data center that is full gives networks away, little by little; status says why.
    @Test func loads() throws {
        let desk = try desk()
        let network = try #require(IPPrefix("203.0.113.9/32"))
        func after(minutes: Int, _ loads: [String: Double]) -> Steering {
            desk.noteLoads(loads)
            var (steering, now) = (desk.copy(), MonotonicInstant.now)
            for _ in 0..<(minutes * 12) {
                now = now + .seconds(5)
                steering.shares.tick(at: now)
            }
            return steering
        }
        #expect(desk.command("status").contains("c: up, share 1.00"))
        #expect(after(minutes: 2, ["a": 0.1, "c": 0.95]).shares.share(2) < 1)
        #expect(desk.command("status").contains("c: up, load 95 %, share 1.00"))
        #expect(desk.command("status").contains("b: up, share 1.00"))
        #expect(after(minutes: 2, ["a": 0.1, "c": 0.95]).shares.share(0) == 1)
        var full = after(minutes: 120, ["c": 1])
        #expect(full.shares.share(2) == 0)
        #expect(full.decide(network, at: .now, chance: 99).order.last == 2)
        #expect(after(minutes: 20, [:]).shares.share(2) == 1)
    }

    /// An explanation names the rows that a decision comes from: the switch, how much it has seen, and how long ago.
    @Test func explanationsNameRows() throws {
        let table = Mutex(ConditionRows())
        let desk = SteeringDesk(try Example.configuration()) { network, center in
            table.withLock { $0.parts(of: network, center) }
        }
        let seen = MonotonicInstant.now + .seconds(-90)
        let read = ConditionFile.parse("203.0.113.0/24 a 90 0.1 2 100\n203.0.0.0/16 c 20 0.1 2 5", at: seen)
        table.withLock { rows in
            for (row, node) in zip(read + read.prefix(1), ["sw1", "sw7", "sw2"]) { rows.put(row, node: node) }
            desk.update(rows.takeChanges())
        }
        let text = desk.command("explain sip.example.net 203.0.113.9")
        for part in [
            "  row 203.0.113.0/24 of a/sw1: 100.0 observations of 1 clients, the newest 9",
            "  row 203.0.113.0/24 of a/sw2: ", "  row 203.0.0.0/16 of c/sw7: 5.0 observations",
        ] { #expect(text.contains(part), "\(text)") }
        #expect(text.split(separator: "\n").count { $0.hasPrefix("  row ") } == 3)
    }

    @Test func restart() throws {
        let before = try desk()
        let network = try #require(IPPrefix("203.0.113.9/32"))
        let after = SteeringDesk(try Example.configuration())
        #expect(after.decide(network, chance: 99).order.first == 0)
        _ = before.decide(network, chance: 99)
        #expect(after.restore(before.snapshot(), age: .seconds(3)) != nil)
        #expect(after.decide(network, chance: 99) == before.decide(network, chance: 99))
    }

    // MARK: - PowerDNS's settings

    private static let safe = """
        launch=remote
        remote-connection-string=unix:path=/x,timeout=300
        edns-subnet-processing=yes   # needed
        consistent-backends=no
        query-cache-ttl=0
        negquery-cache-ttl=0
        cache-ttl=5
        distributor-threads=4
        zone-cache-refresh-interval=5
        version-string=anonymous
        """

    @Test func safeSettings() {
        #expect(PowerDNSSettings(Self.safe).warnings == [])
        #expect(PowerDNSSettings("").warnings.count == 10)
    }

    @Test(
        arguments: [
            ("launch=bind", "launch"), ("launch=bind\nlaunch+=remote", nil),
            ("edns-subnet-processing=no", "edns-subnet"),
            ("consistent-backends=yes", "consistent"), ("query-cache-ttl=20", "query-cache-ttl"),
            ("negquery-cache-ttl=60", "negquery"), ("cache-ttl=20", "cache-ttl"),
            ("distributor-threads=1", "distributor"),
            ("zone-cache-refresh-interval=0", "several look-ups"),
            ("zone-cache-refresh-interval=300", "seen that late"),
            ("#cache-ttl=20", nil), ("version-string=full", "version"),
            ("remote-connection-string=unix:path=/x", "timeout is 2000"),
            ("remote-connection-string=pipe:command=/x dns pipe /y,timeout=1500", nil),
            ("remote-connection-string=pipe:command=/x dns pipe /y,timeout=300", "pipe's timeout"),
            ("remote-connection-string=http:url=http://127.0.0.1:1/dns", nil),
        ] as [(String, String?)]
    ) func settings(line: String, warning: String?) {
        let warnings = PowerDNSSettings(Self.safe + "\n" + line).warnings
        #expect(warnings.count == (warning == nil ? 0 : 1))
        if let warning { #expect(warnings.first?.contains(warning) == true, "\(warnings)") }
    }
}

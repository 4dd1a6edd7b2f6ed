import SwitchCore
import Synchronization
import TandemTesting
import Testing

@testable import Applications

/// Limits and what is kept in memory.
struct LimitTests {
    /// A clock that the test moves.
    private final class Clock: Sendable {
        let seconds = Atomic<Int64>(100)
    }

    private static let resource = LimitedResource(realm: "r", name: "n")

    @Test func countsChannelsOnce() {
        let table = LimitTable()
        let two = LimitMaximum("2")
        #expect(table.take(Self.resource, maximum: two, for: "a").isGranted)
        #expect(table.take(Self.resource, maximum: two, for: "a").usage.total == 1)
        #expect(table.take(Self.resource, maximum: two, for: "b").usage.total == 2)
        #expect(!table.take(Self.resource, maximum: two, for: "c").isGranted)
        table.release(nil, by: "a")
        #expect(table.take(Self.resource, maximum: two, for: "c").isGranted)
        table.release(Self.resource, by: "c")
        table.release(Self.resource, by: "c")
        #expect(table.usage(of: Self.resource).total == 1)
        #expect(!table.take(Self.resource, maximum: LimitMaximum("0"), for: "d").isGranted)
        #expect(table.take(Self.resource, maximum: LimitMaximum("-1"), for: "d").isGranted)
    }

    @Test func countsAttemptsInAnInterval() {
        let clock = Clock()
        let table = LimitTable { clock.seconds.load(ordering: .relaxed) }
        let rate = LimitMaximum("2/10")
        #expect(table.take(Self.resource, maximum: rate, for: "a").isGranted)
        #expect(table.take(Self.resource, maximum: rate, for: "a").isGranted)
        #expect(!table.take(Self.resource, maximum: rate, for: "a").isGranted)
        clock.seconds.store(111, ordering: .relaxed)
        #expect(table.take(Self.resource, maximum: rate, for: "a").usage.rate == 1)
        table.resetInterval(of: Self.resource)
        #expect(table.usage(of: Self.resource).rate == 0)
    }

    /// Names that nobody holds take no room; those of rates give theirs to others when their interval is over.
    @Test func forgetsWhatNobodyHolds() {
        let clock = Clock()
        let table = LimitTable { clock.seconds.load(ordering: .relaxed) }
        func take(_ name: String, _ maximum: String) -> Bool {
            table.take(LimitedResource(realm: "r", name: name), maximum: LimitMaximum(maximum), for: "a").isGranted
        }
        #expect(!take("x", "0") && table.count == 0)
        #expect(take("x", "5/10") && !take("y", "0/10") && table.count == 2)
        for number in 2..<LimitTable.limit { _ = take("\(number)", "5/10") }
        #expect(table.count == LimitTable.limit && !take("z", "1"))
        clock.seconds.store(111, ordering: .relaxed)
        // The one that the channel holds stays.
        #expect(take("z", "1"))
        table.release(nil, by: "a")
        clock.seconds.store(122, ordering: .relaxed)
        #expect(take("z", "1"))
    }

    private static let dialplan =
        Actions.extension("1", [("limit", "hash r n 1 2"), ("set", "in=1"), ("park", "")])
        + Actions.extension("2", [("set", "in=overflow"), ("park", "")])
        + Actions.extension("3", [("limit", "hash r n 1 !USER_BUSY"), ("park", "")])
        + Actions.extension("4", [("limit", "hash r n 1"), ("park", "")])
        + Actions.extension("limit_exceeded", [("set", "in=exceeded"), ("park", "")])
        + Actions.extension("5", [("limit", "hash r n 1"), ("transfer", "2 XML default")])
        + Actions.extension(
            "6",
            [("set", "limit_ignore_transfer=true"), ("limit", "hash r n 1"), ("transfer", "2 XML default")]
        )
        + Actions.extension("7", [("limit_hash_execute", "r n 1 set in=executed"), ("park", "")])
        + Actions.extension("8", [("limit", "nowhere r n 1"), ("set", "in=8"), ("park", "")])

    @Test func letsOneThrough() throws {
        let exchange = try TestSwitch(Self.dialplan)
        let first = try exchange.call("1")
        #expect(exchange.variable("in", of: first) == "1")
        #expect(exchange.variable("limit_usage_r_n", of: first) == "1")
        #expect(exchange.command("limit_usage hash r n") == "1")
        for (number, name, value) in [
            ("1", "in", "overflow"), ("3", "hangup_cause", "USER_BUSY"), ("4", "in", "exceeded"), ("8", "in", "8"),
        ] {
            #expect(exchange.variable(name, of: try exchange.call(number)) == value)
        }
        #expect(exchange.variable("in", of: try exchange.call("7")) == nil)
        _ = exchange.command("uuid_kill \(first.id)")
        #expect(exchange.command("limit_usage hash r n") == "0")
        #expect(exchange.variable("in", of: try exchange.call("7")) == "executed")
        #expect(exchange.command("limit_usage hash r n") == "0")
    }

    /// Each of three calls that is let through is told of, with how many hold the resource then.
    @Test(
        arguments: [
            ("0", []), ("1", ["r n 1 0"]), ("2", ["r n 1 0", "r n 2 0"]),
            ("-1", ["r n 1 0", "r n 2 0", "r n 3 0"]),
        ] as [(String, [String])]
    )
    func tellsOfUsage(_ maximum: String, _ expected: [String]) throws {
        let limit = ("limit", "hash r n \(maximum) !USER_BUSY")
        let exchange = try TestSwitch(Actions.extension("1", [limit, ("park", "")]))
        let events = exchange.softswitch.events.subscribe(to: [.custom]) {}
        let calls = try (1...3).map { _ in try exchange.call("1").id }
        let told = events.takeAll().filter { $0["Event-Subclass"] == "limit::usage" }
        let figures = told.map { event in
            ["realm", "key", "usage", "rate"].map { event[$0] ?? "" }.joined(separator: " ")
        }
        #expect(figures == expected)
        #expect(told.compactMap { $0["Unique-ID"] } == Array(calls.prefix(expected.count)))
    }

    @Test func commandsLimitToo() throws {
        let exchange = try TestSwitch(Actions.extension("1", [("park", "")]) + Self.dialplan)
        let (first, second) = (try exchange.call("1"), try exchange.call("2"))
        let wrong = exchange.wrongAnswers([
            ("uuid_limit", Self.limitUsage), ("uuid_limit \(first.id) hash r", Self.limitUsage),
            ("uuid_limit none hash r m 1", "-ERR Cannot find session with uuid none\n"),
            ("uuid_limit \(first.id) hash r m 1", "+OK"),
            ("limit_usage hash r m", "1"), ("limit_usage hash r m rate", "1/0"), ("limit_hash_usage r m", "1"),
            ("uuid_limit \(second.id) hash r m 1 !USER_BUSY", "+OK"),
            ("uuid_exists \(second.id)", "false"),
            ("uuid_limit_release \(first.id)", "USAGE: uuid_limit_release <uuid> <backend> [realm] [resource]\n"),
            ("uuid_limit_release none hash", "-ERR Cannot find session with uuid none\n"),
            ("uuid_limit_release \(first.id) hash r m", "+OK"),
            ("limit_usage hash r m", "0"),
            // Two words are of the backend db.
            ("uuid_limit \(first.id) db r m", "+OK"), ("limit_usage r m", "1"), ("limit_usage none r m", "0"),
            ("limit_usage", "USAGE: limit_usage <backend> <realm> <id> [rate]\n"),
            ("limit_interval_reset hash r", "USAGE: limit_interval_reset <backend> <realm> <resource>\n"),
            ("limit_interval_reset hash r m", "+OK"),
        ])
        #expect(wrong.isEmpty)
    }

    private static let limitUsage =
        "USAGE: uuid_limit <uuid> <backend> <realm> <resource> [<max>[/interval]] [number [dialplan [context]]]\n"

    @Test(arguments: [("5", "0"), ("6", "1")])
    func transfersFree(_ number: String, _ usage: String) throws {
        let exchange = try TestSwitch(Self.dialplan)
        try exchange.call(number)
        #expect(exchange.command("limit_usage hash r n") == usage)
        _ = exchange.command("hupall")
        #expect(exchange.command("limit_usage hash r n") == "0")
    }

    /// The answers about a backend while one call holds one resource, and what is in use afterwards.
    @Test(
        arguments: [
            ("limit_status hash", "Tracking 1 resources for hostname .", "1"),
            ("limit_status db", "Tracking 0 resources for hostname .", "1"),
            ("limit_status", "USAGE: limit_status <backend>\n", "1"), ("limit_status none", "-ERR", "1"),
            ("limit_reset", "USAGE: limit_reset <backend>\n", "1"), ("limit_reset none", "-ERR", "1"),
            ("limit_reset db", "+OK", "1"), ("limit_reset hash", "+OK", "0"),
        ]
    )
    func backendsTellAndForget(_ line: String, _ answer: String, _ usage: String) throws {
        let exchange = try TestSwitch(Self.dialplan)
        try exchange.call("1")
        #expect(exchange.command(line) == answer)
        #expect(exchange.command("limit_usage hash r n") == usage)
        // What was forgotten is not missed at the call's end.
        _ = exchange.command("hupall")
        #expect(exchange.command("limit_usage hash r n") == "0")
    }

    @Test(
        arguments: [
            (["hash insert/r/k/v/w"], "hash select/r/k", "v/w"),
            (["hash insert/r/k/v", "hash delete/r/k"], "hash select/r/k", ""),
            // Blanks and quotes around an item are not its own.
            (["hash insert/ r / k / v w"], "hash select/r/k", "v w"),
            (["hash insert/r/k/'a b'"], "hash select/r/k", "a b"),
            (["db insert/r/k/'a b'"], "db select/r/k", "a b"), (["db insert/ r / k /v"], "db select/r/k", "v"),
            (["hash insert/r/k/v"], "hash insert_ifempty/r/k/x", "-ERR key already exists\n"),
            (["hash insert/r/k/v"], "hash delete_ifmatch/r/k/x", "-ERR Doesn't match\n"),
            ([], "hash delete/r/k", "-ERR Not found\n"),
            (
                [], "hash insert/r",
                "-ERR Usage: hash insert|insert_ifempty|select|delete|delete_ifmatch/realm/key[/value]\n"
            ),
            (["hash insert/r/k/v"], "hash_dump db", "D/r_k/v\n"),
            // A caller without a number is a key too.
            (["hash insert/r//v"], "hash select/r/", "v"), (["db insert/r//v"], "db select/r/", "v"),
            ([], "db insert/r", "!err!"), ([], "db", "!err!"), ([], "db select/r", "!err!"),
            ([], "db count/r/k", "!err!"),
            ([], "db list/r/k", "!err!"), ([], "db exists/r", "!err!"), ([], "db dance/r/k/v", "!err!"),
            ([], "group", "!err!"), ([], "group insert:g", "!err!"), ([], "group dance:g:u", "!err!"),
            (["group insert:g:user/1", "group insert:g:user/2"], "group call:g:multi", "user/1:_:user/2"),
            (["db insert/r/k/v"], "db list", "r"), (["db insert/r/k/v"], "db count", "1"),
            (["db insert/r/k/v", "db insert/r/l/w"], "db list/r", "k,l"),
            (["db insert/r/k/v"], "db exists/r/k", "true"),
            (["db insert/r/k/v"], "db count/r", "1"),
            (["db insert/r/k/v", "db delete/r/k"], "db select/r/k", ""),
            (["group insert:g:user/1", "group insert:g:user/2"], "group call:g", "user/1,user/2"),
            (["group insert:g:user/1", "group insert:g:user/2"], "group call:g:order", "user/1|user/2"),
            (["group insert:g:user/1", "group delete:g:*"], "group call:g", ""),
        ] as [([String], String, String)]
    )
    func keeps(_ lines: [String], _ question: String, _ answer: String) throws {
        let exchange = try TestSwitch("")
        for line in lines { #expect(exchange.command(line) == (line.hasPrefix("hash") ? "+OK\n" : "+OK")) }
        #expect(exchange.command(question) == answer)
    }

    @Test func applicationsKeepToo() throws {
        let exchange = try TestSwitch(
            Actions.extension(
                "1",
                [
                    ("hash", "insert/r/k/${destination_number}"), ("db", "insert/r/k/d"), ("group", "insert:g:user/9"),
                    ("hash", "nonsense"), ("set", "h=${hash(select/r/k)}"), ("park", ""),
                ]
            )
        )
        #expect(exchange.variable("h", of: try exchange.call("1")) == "1")
        #expect(exchange.command("db select/r/k") == "d")
        #expect(exchange.command("group call:g") == "user/9")
    }

    /// What our dialplan keeps of each caller is no error of one that has no number.
    @Test(arguments: [("insert/${domain_name}-spymap/${caller_id_number}/${uuid}", 0), ("insert/r", 1)])
    func callersWithoutANumberAreKept(_ data: String, _ errors: Int) throws {
        let log = LogCapture()
        let call = try CallerFixture(["set caller_id_number=", "hash \(data)", "park"], log: log)
        #expect(log.lines.count { $0.contains("hash needs") } == errors)
        #expect(call.leftovers() == [0, 0])
    }
}

import Patterns
import SwitchCore
import TandemTesting
import Testing

@testable import Applications

/// Keys that are bound to something.
struct KeyTests {
    /// Keys one after the other, `.` a pause: `[binding]` for what is found, plain keys for what goes on.
    @Test(arguments: [
        ("*1", "[*1]"),
        ("*1*2", "[*1][*2]"),
        ("5", "5"),
        ("*", ""),
        ("*.", "*"),
        ("*3", "*3"),
        ("**1", "*[*1]"),
        ("55*15", "55[*1]5"),
        // The shorter of two is found when the caller pauses.
        ("#.", "[#]"),
        ("#1", "[#1]"),
        ("#2", "#2"),
        ("91234", "[91234]"),
        ("912.", "912"),
    ])
    func finds(_ keys: String, _ found: String) throws {
        var matcher = KeyMatcher<String>()
        for keys in ["*1", "*2", "#", "#1"] { matcher.bind(keys, as: .literal(keys), in: "r", to: "[\(keys)]") }
        let pattern = try RegularExpression(expression: "^9[0-9]{4}$")
        let isPattern = keys.hasPrefix("9")
        if isPattern { matcher.bind("~9", as: .pattern(pattern), in: "r", to: "[91234]") }
        matcher.bind("*9", as: .literal("*9"), in: "other", to: "[other]")
        var log = ""
        for key in keys {
            let outcome = key == "." ? matcher.paused() : matcher.pressed(key)
            log += outcome.released + (outcome.action ?? "")
        }
        #expect(log == found)
    }

    @Test func realmsTakeTurns() {
        var matcher = KeyMatcher<String>()
        #expect(!matcher.isActive)
        matcher.bind("1", as: .literal("1"), in: "a", to: "a")
        matcher.bind("1", as: .literal("1"), in: "b", to: "b")
        #expect(matcher.pressed("1").action == "a")
        matcher.activate("b")
        #expect(matcher.pressed("1").action == "b")
        matcher.clear("b")
        #expect(!matcher.isActive)
        matcher.activate("a")
        matcher.clearAll()
        #expect(matcher.pressed("1").released == "1")
    }

    /// A terminator ends the keys, as a pause does; where there are none it is a key as any other.
    @Test func terminatorsEndTheKeys() {
        var matcher = KeyMatcher<String>()
        matcher.terminators = "#"
        for keys in ["12", "123"] { matcher.bind(keys, as: .literal(keys), in: "r", to: keys) }
        #expect(matcher.pressed("1").waits)
        #expect(matcher.pressed("2").waits)
        #expect(matcher.pressed("#").action == "12")
        #expect(matcher.pressed("1").waits)
        #expect(matcher.pressed("#").released == "1")
        #expect(matcher.pressed("#").released == "#")
    }

    /// What may still become of the keys does not count for an urgent binding.
    @Test func urgentBindingsDoNotWait() {
        var matcher = KeyMatcher<String>()
        matcher.bind("123", as: .literal("123"), in: "r", to: "long")
        matcher.bind("12", as: .literal("12"), in: "r", to: "short", isUrgent: true)
        #expect(matcher.pressed("1").waits)
        #expect(matcher.pressed("2").action == "short")
        #expect(matcher.pressed("3").released == "3")
    }

    /// Which of two bindings is run, and whether before the caller has paused.
    @Test(
        arguments: [
            ("x=1", "exec:set", "12", nil), ("x=1", "exec:set", "123", "long"), ("x=1", "exec[P]:set", "12", "short"),
            ("bda_terminators=#", "exec:set", "12#", "short"),
        ] as [(String, String, String, String?)]
    )
    func decides(_ setting: String, _ what: String, _ keys: String, _ value: String?) throws {
        let exchange = try TestSwitch(
            Actions.extension(
                "1",
                [
                    ("answer", ""), ("set", setting), ("bind_digit_action", "r,12,\(what),a=short"),
                    ("bind_digit_action", "r,123,exec:set,a=long"), ("park", ""),
                ]
            )
        )
        let call = try exchange.call("1")
        _ = exchange.command("uuid_recv_dtmf \(call.id) \(keys)")
        exchange.loop.advance(by: .milliseconds(100))
        #expect(exchange.variable("a", of: call) == value)
        exchange.loop.advance(by: .seconds(2))
        #expect(exchange.variable("a", of: call) == value ?? "short")
    }

    /// Another key than the star begins what `bind_meta_app` binds; what is no key does not, and its own does not follow.
    @Test(
        arguments: [
            ("#", "#4", "4"), ("#", "*4", nil), ("x", "*4", "4"), ("5", "54", "4"), ("4", "44", nil),
        ] as [(String, String, String?)]
    )
    func beginsWithAnotherKey(_ first: String, _ keys: String, _ value: String?) throws {
        let binding = [("set", "bind_meta_key=\(first)"), ("bind_meta_app", "4 a s set::a=4"), ("park", "")]
        let exchange = try TestSwitch(Actions.extension("1", [("answer", "")] + binding))
        let call = try exchange.call("1")
        _ = exchange.command("uuid_recv_dtmf \(call.id) \(keys)")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("a", of: call) == value)
    }

    /// The second key may come five seconds after the first.
    @Test(arguments: [(4, "4"), (6, nil)] as [(Int, String?)])
    func waitsForTheSecondKey(_ seconds: Int, _ value: String?) throws {
        let binding = [("answer", ""), ("bind_meta_app", "4 a s set::a=4"), ("park", "")]
        let exchange = try TestSwitch(Actions.extension("1", binding))
        let call = try exchange.call("1")
        _ = exchange.command("uuid_recv_dtmf \(call.id) *")
        exchange.loop.advance(by: .seconds(seconds))
        _ = exchange.command("uuid_recv_dtmf \(call.id) 4")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("a", of: call) == value)
    }

    private static let other = Actions.extension("2", [("set", "other=2"), ("park", "")])

    @Test(
        arguments: [
            (("bind_digit_action", "r,*1,exec:set,a=1"), "*1", "a", "1"),
            (("bind_digit_action", "r,*1,api:uuid_setvar,${uuid} a 2"), "*1", "a", "2"),
            (("bind_digit_action", "r,~^\\d{3}$,exec:set,a=\\${last_matching_digits}"), "123", "a", "123"),
            (("bind_digit_action", "r,*1,exec:transfer,2 XML default"), "*1", "other", "2"),
            (("bind_digit_action", "r,*1,exec[i]:set,a=1"), "*1", "a", "1"),
            (("bind_digit_action", "r,*1,exec[PH]:set,a=1"), "*1", "a", "1"),
            (("bind_digit_action", "r,*1,exec:i:set,a=1"), "*1", "a", "1"),
            (("bind_digit_action", "r,*1,exec[P:set,a=1"), "*1", "a", nil),
            (("bind_digit_action", "r,*1,api:echo,hello"), "*1", "bind_digit_action_api_result", "hello"),
            (("bind_digit_action", "r,*1,exec:set,a=1"), "*2", "last_non_matching_digits", "*2"),
            (("bind_digit_action", "r,*1,nonsense,x"), "*1", "a", nil),
            (("bind_digit_action", "r"), "*1", "a", nil),
            (("bind_meta_app", "4 a s set::a=4"), "*4", "a", "4"),
            (("bind_meta_app", "4 a s set::a=4"), "*5", "a", nil),
            (("bind_meta_app", "4 a"), "*4", "a", nil),
        ] as [((String, String), String, String, String?)]
    )
    func does(_ binding: (String, String), _ keys: String, _ name: String, _ value: String?) throws {
        let exchange = try TestSwitch(Actions.extension("1", [("answer", ""), binding, ("park", "")]) + Self.other)
        let call = try exchange.call("1")
        _ = exchange.command("uuid_recv_dtmf \(call.id) \(keys)")
        exchange.loop.advance(by: .seconds(5))
        #expect(exchange.variable(name, of: call) == value)
        #expect(exchange.variable("hangup_cause", of: call) == nil)
    }

    /// Keys that are nobody's are collected; a cleared realm has none, and another realm's do not count.
    @Test(
        arguments: [
            ([("bind_digit_action", "r,*1,exec:set,a=1")], "12#", "12"),
            ([("bind_digit_action", "r,*1,exec:set,a=1"), ("clear_digit_action", "r")], "*1#", "*1"),
            ([("bind_digit_action", "r,*1,exec:set,a=1"), ("digit_action_set_realm", "none")], "*1#", "*1"),
            ([("bind_meta_app", "1 a s set::a=1"), ("unbind_meta_app", "")], "*1#", "*1"),
            ([("bind_meta_app", "1 a s set::a=1")], "*2#", "*2"),
        ] as [([(String, String)], String, String)]
    )
    func letsThrough(_ bindings: [(String, String)], _ keys: String, _ digits: String) throws {
        let collecting = [("read", "1 4 silence digits 3000 #"), ("park", "")]
        let exchange = try TestSwitch(Actions.extension("1", [("answer", "")] + bindings + collecting))
        let call = try exchange.call("1")
        _ = exchange.command("uuid_recv_dtmf \(call.id) \(keys)")
        exchange.loop.advance(by: .seconds(10))
        #expect(exchange.variable("digits", of: call) == digits)
        #expect(exchange.variable("a", of: call) == nil)
    }

    /// How long the keys of a binding may be apart.
    @Test(
        arguments: [
            ("1500", 1, "1"), ("1500", 2, nil), ("3000", 2, "1"), ("3000", 4, nil), ("500", 1, nil),
        ] as [(String, Int, String?)]
    )
    func waitsForTheNextKey(_ timeout: String, _ seconds: Int, _ value: String?) throws {
        let exchange = try TestSwitch(
            Actions.extension(
                "1",
                [
                    ("answer", ""), ("set", "bind_digit_digit_timeout=\(timeout)"),
                    ("bind_digit_action", "r,*1,exec:set,a=1"), ("park", ""),
                ]
            )
        )
        let call = try exchange.call("1")
        for key in "*1" {
            _ = exchange.command("uuid_recv_dtmf \(call.id) \(key)")
            exchange.loop.advance(by: .seconds(seconds))
        }
        #expect(exchange.variable("a", of: call) == value)
    }

    /// The keys of the called leg: bound by the caller, run on the leg that is named.
    @Test(
        arguments: [
            (("bind_digit_action", "r,*1,exec:set,a=1,peer,peer"), "caller"),
            (("bind_digit_action", "r,*1,exec:set,a=1,peer"), "called"),
            (("bind_meta_app", "1 b s set::a=1"), "called"),
            (("bind_meta_app", "1 ab o set::a=1"), "caller"),
        ] as [((String, String), String)]
    )
    func partnersKeys(_ binding: (String, String), _ leg: String) throws {
        let exchange = try TestSwitch(
            Actions.extension("1", [binding, ("bridge", "loopback/2/default")])
                + Actions.extension("2", [("answer", ""), ("park", "")])
        )
        let caller = try exchange.call("1")
        exchange.loop.advance(by: .seconds(1))
        let called = try #require(exchange.run { await caller.partner } ?? nil)
        _ = exchange.command("uuid_recv_dtmf \(called.id) *1")
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.variable("a", of: caller) == (leg == "caller" ? "1" : nil))
        #expect(exchange.variable("a", of: called) == (leg == "called" ? "1" : nil))
        // The bridge went on.
        #expect(exchange.variable("bridge_uuid", of: caller) == called.id)
    }
}

import SwitchCore
import TandemTesting
import Testing

/// Phones that register and call with nothing but FusionPBX's tables behind them.
struct TenantCallTests {
    @Test(arguments: SmallTables.Version.allCases)
    func phonesOfATenantCallEachOther(_ version: SmallTables.Version) throws {
        let exchange = try TenantSwitch(version)
        let (caller, called) = (exchange.phone("1000"), exchange.phone("1001"))
        for phone in [caller, called] { phone.register(expires: 600) }
        exchange.loop.advance(by: .seconds(1))
        #expect(caller.heard == ["REGISTER 200"])
        #expect(called.heard == ["REGISTER 200"])
        let call = caller.call("1001")
        exchange.loop.advance(by: .seconds(2))
        #expect(caller.heard.last == "answered")
        #expect(called.heard == ["REGISTER 200", "called"])
        let row = exchange.command("show calls as delim |").split(separator: "\n").dropFirst().first ?? ""
        #expect(row.contains("|Phone 1000|"))
        caller.hangUp(call)
        exchange.loop.advance(by: .seconds(1))
        #expect(called.heard.last == "ended")
        #expect(exchange.softswitch.sessions.count == 0)
    }

    @Test func othersAreRefused() throws {
        let exchange = try TenantSwitch(.v5_5)
        let (stranger, guesser) = (exchange.phone("1002"), exchange.phone("1000", password: "wrong"))
        for phone in [stranger, guesser] { phone.register(expires: 600) }
        exchange.loop.advance(by: .seconds(1))
        #expect(stranger.heard == ["REGISTER 403"])
        #expect(guesser.heard == ["REGISTER 403"])
        let caller = exchange.phone("1001")
        _ = caller.call("1009")
        exchange.loop.advance(by: .seconds(1))
        #expect(caller.heard == ["rejected 404"])
    }

    /// FusionPBX's groups only point to their members.
    @Test func groupsHaveTheirMembers() throws {
        let exchange = try TenantSwitch(.v5_5)
        for user in ["1000", "1001"] { exchange.phone(user).register(expires: 600) }
        exchange.loop.advance(by: .seconds(1))
        let text = exchange.command("group_call sales@one.example+F")
        #expect(text.split(separator: "|").count == 2)
        #expect(text.contains("sip:1000@"))
        #expect(text.contains("sip:1001@"))
        #expect(exchange.command("group_call support@one.example").hasPrefix("error/"))
    }
}

import SwitchCore
import TandemTesting
import Testing

/// The zone in which the times of a dialplan are those of the call.
struct CallClockTests {
    /// The simulated clock stands at some hour of UTC; a condition asks for that hour elsewhere.
    @Test(arguments: [
        (["timezone=Asia/Tokyo"], 9), (["timezone=Etc/GMT+5"], -5), (["tod_tz_offset=3"], 3),
        (["timezone=Asia/Tokyo", "tod_tz_offset=-2"], -2), (["timezone=Nowhere/Land", "tod_tz_offset=4"], 4),
        (["timezone=6"], 6),
    ])
    func conditionsAreInTheCallsZone(_ variables: [String], _ hours: Int) throws {
        func zone(_ condition: String) -> String {
            let settings = variables.map { "<action application=\"set\" data=\"\($0)\" inline=\"true\"/>" }.joined()
            return """
                <extension name="zone" continue="true"><condition>\(settings)</condition></extension>
                <extension name="time"><condition \(condition)>
                  <action application="set" data="met=yes"/><action application="park"/>
                  <anti-action application="set" data="met=no"/><anti-action application="park"/>
                </condition></extension>
                """
        }
        for (offset, met) in [(hours, "yes"), (hours == 1 ? 2 : 1, "no")] {
            let exchange = try TestSwitch(zone("tz-offset=\"\(offset)\""))
            let call = try exchange.call("1")
            exchange.loop.advance(by: .seconds(1))
            #expect(exchange.variable("met", of: call) == met, "\(offset)")
        }
        let clock = try TestSwitch("").softswitch.wallClock() / 1_000_000
        let hour = ((clock / 3600 + Int64(hours)) % 24 + 24) % 24
        let exchange = try TestSwitch(zone("hour=\"\(hour)\""))
        let call = try exchange.call("1")
        exchange.loop.runQueued()
        #expect(exchange.variable("met", of: call) == "yes")
    }

    /// The fields of a caller profile that nobody sets.
    @Test(arguments: [
        ("caller_ton", "0"), ("caller_numplan", "0"), ("destination_number_ton", "0"), ("ani_numplan", "0"),
        ("rdnis_ton", "0"), ("screen_bit", "true"), ("privacy_hide_name", "false"), ("privacy_hide_number", "false"),
    ])
    func fieldsHaveDefaults(_ field: String, _ value: String) {
        var profile = CallerProfile()
        #expect(profile.field(field) == value)
        guard value == "0" else { return }
        profile.setField(field, to: "3")
        #expect(profile.field(field) == "3")
    }
}

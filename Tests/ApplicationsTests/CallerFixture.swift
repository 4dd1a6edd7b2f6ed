import SwitchCore
import TandemTesting

/// A caller whose dialplan is written in a test, and others whom it can call.
final class CallerFixture {
    let exchange: TestSwitch
    let caller: Session

    /// Calls the extension that runs these applications, one per line: `name data`.
    init(
        _ lines: [String],
        directory: String = "",
        configuration: String = "",
        macros: String = "",
        log: LogCapture? = nil
    ) throws {
        exchange = try TestSwitch(
            Self.dialplan(lines),
            directory: directory,
            configuration: configuration,
            macros: macros,
            log: log
        )
        caller = try exchange.call("1")
    }

    var softswitch: Switch { exchange.softswitch }

    /// A variable of the caller.
    func variable(_ name: String) -> String? { exchange.variable(name, of: caller) }

    /// A variable of a channel by its UUID; `nil` when there is no such channel any more.
    func variable(_ name: String, of uuid: String) -> String? {
        softswitch.sessions[uuid].flatMap { exchange.variable(name, of: $0) }
    }

    func advance(_ seconds: Double) {
        exchange.loop.advance(by: .milliseconds(Int(seconds * 1000)))
    }

    func hangUp(_ uuid: String) {
        softswitch.sessions[uuid]?.requestHangUp(.normalClearing)
        exchange.loop.runQueued()
    }

    /// How many channels and timers are left when the caller has gone.
    func leftovers() -> [Int] {
        caller.requestHangUp(.normalClearing)
        exchange.loop.runQueued()
        return [softswitch.sessions.count, exchange.loop.pendingTimers]
    }

    private static func dialplan(_ lines: [String]) -> String {
        let actions = lines.map { line in
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        return """
            <extension name="test"><condition field="destination_number" expression="^1$">\(Actions.xml(actions))</condition>
            </extension>
            <extension name="busy later"><condition field="destination_number" expression="^busy$">
            <action application="sleep" data="1000"/><action application="hangup" data="USER_BUSY"/></condition></extension>
            <extension name="ringing"><condition field="destination_number" expression="^rings$">
            <action application="ring_ready"/><action application="sleep" data="60000"/></condition></extension>
            <extension name="early"><condition field="destination_number" expression="^early$">
            <action application="sleep" data="1000"/><action application="pre_answer"/><action application="park"/>
            </condition></extension>
            <extension name="elsewhere"><condition field="destination_number" expression="^(2|USER_BUSY)$">
            <action application="set" data="other=${destination_number}"/><action application="park"/></condition>
            </extension>
            """
    }
}

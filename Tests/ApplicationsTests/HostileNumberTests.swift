import SwitchCore
import TandemTesting
import Testing

/// Numbers at the ends of what there is, wherever somebody can say some: they may be refused or mean nothing, but the
/// program goes on.
struct HostileNumberTests {
    private static let numbers = ["9223372036854775807", "-9223372036854775808", "999999999999", "-1", "1e308"]
    private static let forms = [
        "N", "N N N N N", "+N N N", "U N N N N", "U +N N", "+N U N", "N/N/N/N", "N:N:N", "x N|N|N",
    ]

    /// What ends the test, asks other machines, or has files.
    private static let left: Set = ["shutdown", "...", "host_lookup", "gethost", "stun", "unload", "reload"]

    private static func lines(_ number: String, _ id: String) -> [String] {
        forms.map { $0.replacing("N", with: number).replacing("U", with: id) }
    }

    @Test(arguments: numbers)
    func commandsGoOn(_ number: String) throws {
        let exchange = try TestSwitch(Actions.numbers)
        let names = exchange.softswitch.commands.names.filter { !Self.left.contains($0) }
        #expect(names.count > 150)
        for name in names {
            let call = try exchange.call("5000")
            for line in Self.lines(number, call.id) { _ = exchange.command("\(name) \(line)") }
            call.requestHangUp(.normalClearing)
            exchange.loop.runQueued()
            _ = exchange.command("fsctl max_sessions 1000")
            _ = exchange.command("fsctl sps 1000")
            _ = exchange.command("fsctl resume")
        }
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.command("echo there") == "there")
    }

    @Test(arguments: numbers)
    func applicationsGoOn(_ number: String) throws {
        let exchange = try TestSwitch(Actions.numbers)
        exchange.softswitch.configuration.sessionLimits.sessionsPerSecond = 100_000
        let names = exchange.softswitch.applications.names
        #expect(names.count > 100)
        for name in names {
            for line in Self.lines(number, "none") {
                let call = try exchange.call("5000")
                exchange.run { await call.execute(name, line) }
                call.requestHangUp(.normalClearing)
                exchange.loop.runQueued()
            }
        }
        exchange.loop.advance(by: .seconds(1))
        #expect(exchange.command("echo there") == "there")
    }

    /// Variables that say how many, how long or how far.
    @Test(arguments: numbers)
    func variablesGoOn(_ number: String) throws {
        let names = [
            "max_forwards", "max_session_transfers", "call_timeout", "originate_timeout", "park_timeout",
            "valet_parking_timeout", "mutex_timeout", "originate_retries", "originate_retry_sleep_ms",
            "leg_delay_start", "leg_timeout", "progress_timeout", "tod_tz_offset", "playback_timeout_sec",
            "playback_terminator_digit_timeout", "bridge_answer_timeout", "campon_timeout", "campon_retries",
            "page_record_limit", "page_chunk_size", "RECORD_MIN_SEC", "jitterbuffer_msec", "enable_heartbeat_events",
        ]
        let lines = names.map { ("set", "\($0)=\(number)") } + [("jitterbuffer", number), ("sleep", number)]
        for (last, data) in [
            ("transfer", "2 XML default"), ("bridge", "loopback/2/default"), ("park", ""), ("valet_park", "lot 1"),
            ("playback", "silence"), ("bridge", "error/USER_BUSY"),
        ] {
            let exchange = try TestSwitch(
                Actions.extension("1", lines.dropLast() + [(last, data)]) + Actions.extension("2", [("answer", "")])
            )
            let call = try exchange.call("1")
            exchange.loop.advance(by: .seconds(1))
            call.requestHangUp(.normalClearing)
            exchange.loop.advance(by: .seconds(1))
            #expect(exchange.loop.runUntil { exchange.softswitch.sessions.count == 0 }, "\(last)")
        }
    }
}

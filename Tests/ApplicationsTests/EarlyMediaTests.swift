import SwitchCore
import TandemTesting
import Testing

/// What the tones in a leg's early media mean; the audio itself runs in real time.
@Suite(.serialized) struct EarlyMediaTests {
    /// A call to an extension that plays tones before it answers.
    private static func call(_ variables: String, _ tones: String, loops: Int = -1) throws -> (TestSwitch, Session) {
        let exchange = try TestSwitch(
            Actions.extension(
                "1",
                [("set", "continue_on_fail=true"), ("bridge", "{\(variables)}loopback/2"), ("park", "")]
            )
                + Actions.extension(
                    "2",
                    [
                        ("pre_answer", ""), ("playback", "tone_stream://\(tones);loops=\(loops)"), ("answer", ""),
                        ("park", ""),
                    ]
                )
        )
        return (exchange, try exchange.call("1"))
    }

    /// The tone of a failure ends the leg with its cause.
    @Test(arguments: [
        ("monitor_early_media_fail=user_busy:1:480+620", "USER_BUSY", "BUSY", "monitor_early_media_fail"),
        (
            "monitor_early_media_fail=user_busy:1:950!destination_out_of_order:1:480+620", "DESTINATION_OUT_OF_ORDER",
            "INVALIDARGS", "monitor_early_media_fail"
        ),
        (
            "monitor_early_media_fail=nonsense:1:480+620,ignore_early_media=true,monitor_fail_dispo=engaged",
            "USER_BUSY", "BUSY", "engaged"
        ),
    ])
    func fails(variables: String, cause: String, status: String, disposition: String) throws {
        let (exchange, caller) = try Self.call("origination_uuid=leg,\(variables)", "%(500,100,480,620)")
        let leg = try #require(exchange.softswitch.sessions["leg"])
        #expect(exchange.loop.runUntil { exchange.variable("originate_failed_cause", of: caller) != nil })
        #expect(exchange.variable("originate_failed_cause", of: caller) == cause)
        #expect(exchange.variable("DIALSTATUS", of: caller) == status)
        #expect(exchange.variable("originate_disposition", of: leg) == disposition)
    }

    /// The tone of ringing lets the leg ring, and connects it where early media does.
    @Test(arguments: [
        ("monitor_early_media_ring=1:440+480", true, "monitor_early_media_ring"),
        (
            "monitor_early_media_ring=1:440+480,monitor_early_media_ring_total=2", true, "monitor_early_media_ring"
        ),
        ("monitor_early_media_ring=1:440+480,ignore_early_media=true,monitor_ring_dispo=tones", false, "tones"),
    ])
    func rings(variables: String, connects: Bool, disposition: String) throws {
        let (exchange, caller) = try Self.call("origination_uuid=leg,\(variables)", "%(500,100,440,480)")
        let leg = try #require(exchange.softswitch.sessions["leg"])
        #expect(exchange.loop.runUntil { exchange.variable("DIALSTATUS", of: leg) == "EARLY" })
        #expect(exchange.variable("originate_disposition", of: leg) == disposition)
        exchange.loop.runQueued()
        #expect((exchange.variable("bridge_channel", of: caller) != nil) == connects)
        let hears = exchange.run { () async -> Bool in
            let (isRinging, hasEarlyMedia) = await (caller.isRinging, caller.hasEarlyMedia)
            return isRinging || hasEarlyMedia
        }
        #expect(hears == true)
    }

    /// Patterns that are none do not listen: the answer, after half a second of the tone, is waited for.
    @Test(arguments: ["user_busy:1", "user_busy:1:", "user_busy:1:x+y", "true", "user_busy:1:350+440"])
    func ignoresOthers(text: String) throws {
        let (exchange, caller) = try Self.call("monitor_early_media_fail=\(text)", "%(500,0,480,620)", loops: 1)
        #expect(
            exchange.loop.runUntil {
                exchange.variable("originate_disposition", of: caller).map { $0 != "failure" } ?? false
            }
        )
        #expect(exchange.variable("originate_disposition", of: caller) == "SUCCESS")
    }
}

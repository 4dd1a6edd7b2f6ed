import SwitchCore
import Testing

struct JitterSettingTests {
    @Test(
        arguments: [
            ("60", JitterSetting.length(60, maximum: 300)), ("60:200", .length(60, maximum: 200)),
            ("60:200:20", .length(60, maximum: 200)), ("60:20", .length(60, maximum: 60)),
            ("60:", .length(60, maximum: 300)),
            ("-3", .length(90, maximum: 450)), ("-3:-10", .length(90, maximum: 300)), ("0", .off), ("OFF", .off),
            ("pause", .pause), ("resume", .resume), ("", nil), ("much", nil), (":100", nil), ("0:100", nil),
            ("99999999999999999999", nil), ("9223372036854775807", .length(2000, maximum: 10_000)),
            ("-9223372036854775808", .length(60_000, maximum: 300_000)),
        ] as [(String, JitterSetting?)]
    )
    func reads(_ text: String, _ expected: JitterSetting?) {
        #expect(JitterSetting(text, packetMilliseconds: 30) == expected)
    }
}

import Testing

@testable import Sofia

/// What settings of a profile say about audio.
struct MediaSettingsTests {
    /// How often reports are sent: every so many milliseconds, never, or what cannot be read.
    @Test(arguments: [
        ("5000", "5.0 seconds"), ("100", "0.1 seconds"), ("500000", "500.0 seconds"), ("0", "never"), ("off", "never"),
        ("FALSE", "never"), ("no", "never"), ("99", "?"), ("500001", "?"), ("-1", "?"), ("passthru", "?"), ("", "?"),
    ])
    func rtcpInterval(_ text: String, _ expected: String) {
        let interval = MediaSettings.rtcpInterval(text)
        #expect(interval.map { $0.map { "\($0)" } ?? "never" } ?? "?" == expected)
    }
}

import Base
import Testing

struct IPAddressTests {
    @Test(arguments: [
        ("8.8.8.8", true), ("203.0.113.5", true), ("9.255.255.255", true), ("10.0.0.1", false), ("11.0.0.1", true),
        ("172.15.0.1", true), ("172.16.0.1", false), ("172.31.255.255", false), ("172.32.0.1", true),
        ("192.168.255.1", false), ("192.169.0.1", true), ("100.63.0.1", true), ("100.64.0.1", false),
        ("100.127.255.255", false), ("100.128.0.1", true), ("127.1.2.3", false), ("169.254.1.1", false),
        ("0.0.0.0", false), ("0.1.2.3", false), ("::", false), ("::1", false), ("fe80::1", false), ("fc00::1", false),
        ("fdff::1", false), ("fe00::1", true), ("2001:db8::1", true),
    ])
    func reach(_ text: String, _ isGlobal: Bool) throws {
        #expect(try #require(IPAddress(text)).isGlobal == isGlobal)
    }
}

import Base
import DNSMessage
import Testing

struct DNSCookieTests {
    private let secret = DNSCookieSecret(bytes("e5e973e5a6b2a43f48e7dc849e37bfcf"))

    /// RFC 9018, appendix A.1: a new cookie, so that servers of others make the same.
    @Test func vector() throws {
        let secret = try #require(secret)
        let client = DNSCookie(client: 0x2464_C4AB_CF10_C957)
        let address = try #require(IPAddress("198.51.100.100"))
        let cookie = client.issued(to: address, secret: secret, at: 1_559_731_985)
        #expect(cookie.server == bytes("010000005cf79f111f8130c3eee29480"))
        #expect(cookie.isGood(from: address, secret: secret, at: 1_559_731_985))
    }

    @Test(arguments: [
        (0, "192.0.2.1", 1, true), (3600, "192.0.2.1", 1, true), (3601, "192.0.2.1", 1, false),
        (-300, "192.0.2.1", 1, true), (-301, "192.0.2.1", 1, false), (0, "192.0.2.2", 1, false),
        (0, "192.0.2.1", 2, false), (0, "2001:db8::1", 1, false),
    ]) func judged(later: Int64, address: String, client: UInt64, isGood: Bool) throws {
        let secret = try #require(secret)
        let owner = try #require(IPAddress("192.0.2.1"))
        let other = try #require(IPAddress(address))
        // Around the moment when the seconds of 32 bits begin anew.
        for start in [UInt32(1_000_000), UInt32.max - 100] {
            let server = DNSCookie(client: 1).issued(to: owner, secret: secret, at: start).server
            let now = start &+ UInt32(truncatingIfNeeded: later)
            #expect(DNSCookie(client: client, server: server).isGood(from: other, secret: secret, at: now) == isGood)
        }
    }

    @Test func forged() throws {
        let secret = try #require(secret)
        let issued = DNSCookie(client: 1).issued(to: .loopbackV4, secret: secret, at: 5)
        for index in issued.server.indices {
            var server = issued.server
            server[index] ^= 1
            #expect(!DNSCookie(client: 1, server: server).isGood(from: .loopbackV4, secret: secret, at: 5))
        }
        #expect(!DNSCookie(client: 1).isGood(from: .loopbackV4, secret: secret, at: 5))
        #expect(DNSCookieSecret(Array(repeating: 0, count: 15)) == nil)
    }
}

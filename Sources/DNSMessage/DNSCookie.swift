public import Base

/// A cookie of a client, and of the server that it talks to (RFC 7873, RFC 9018).
public struct DNSCookie: Hashable, Sendable {
    /// How long a server's part is good, in seconds (RFC 9018 §4.3).
    public static let lifetime: UInt32 = 3600
    /// How much a server's clock may be behind that of the one that made the cookie, in seconds.
    public static let skew: UInt32 = 300

    /// The client's part.
    public let client: UInt64
    /// The server's part; empty while the client has none.
    public let server: [UInt8]

    /// A cookie.
    public init(client: UInt64, server: [UInt8] = []) {
        (self.client, self.server) = (client, server)
    }

    init(reading value: ArraySlice<UInt8>) throws(DNSMessageError) {
        guard value.count == 8 || (16...40).contains(value.count) else { throw .wrongOption }
        client = value.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        server = Array(value.dropFirst(8))
    }

    /// This client's cookie with the part that a server gives it.
    ///
    /// - Parameters:
    ///   - address: The client's.
    ///   - secret: What the servers of a zone share.
    ///   - time: Seconds since 1970.
    public func issued(to address: IPAddress, secret: DNSCookieSecret, at time: UInt32) -> DNSCookie {
        var header: [UInt8] = [1, 0, 0, 0]
        header.append(bigEndian: time)
        return DNSCookie(client: client, server: header + hash(header, address, secret))
    }

    /// Whether the server's part was given to this client by somebody with this secret, not long ago.
    public func isGood(from address: IPAddress, secret: DNSCookieSecret, at time: UInt32) -> Bool {
        guard server.count == 16, server.prefix(4) == [1, 0, 0, 0] else { return false }
        let issued = server[4..<8].reduce(0) { $0 << 8 | UInt32($1) }
        // Serial number arithmetic (RFC 1982): the seconds go round in 2106.
        let age = Int32(bitPattern: time &- issued)
        guard age >= -Int32(Self.skew), age <= Int32(Self.lifetime) else { return false }
        let difference = zip(hash(Array(server.prefix(8)), address, secret), server[8...]).reduce(UInt8(0)) {
            $0 | ($1.0 ^ $1.1)
        }
        return difference == 0
    }

    private func hash(_ header: [UInt8], _ address: IPAddress, _ secret: DNSCookieSecret) -> [UInt8] {
        let value = SipHash.hash(client.bigEndianBytes + header + address.bytes, high: secret.high, low: secret.low)
        // The algorithm's words are little-endian.
        return value.byteSwapped.bigEndianBytes
    }
}

/// What the servers of a zone make cookies with.
public struct DNSCookieSecret: Hashable, Sendable {
    // The first and the second eight bytes, read as little-endian words.
    fileprivate let high: UInt64
    fileprivate let low: UInt64

    /// A secret of 16 bytes; `nil` for any other number of them.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A secret that nobody else has.
    public init(using generator: inout some RandomNumberGenerator) {
        (high, low) = (generator.next(), generator.next())
    }
}

/// SipHash-2-4, which cookies of different servers agree on (RFC 9018 §4.4).
enum SipHash {
    static func hash(_ bytes: [UInt8], high key0: UInt64, low key1: UInt64) -> UInt64 {
        var state = State(key0, key1)
        var index = 0
        while bytes.count - index >= 8 {
            state.absorb(bytes[index..<(index + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) })
            index += 8
        }
        let rest = bytes[index...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        state.absorb(rest | UInt64(truncatingIfNeeded: bytes.count) << 56)
        return state.finish()
    }

    private struct State {
        var (v0, v1, v2, v3): (UInt64, UInt64, UInt64, UInt64)

        init(_ key0: UInt64, _ key1: UInt64) {
            v0 = key0 ^ 0x736F_6D65_7073_6575
            v1 = key1 ^ 0x646F_7261_6E64_6F6D
            v2 = key0 ^ 0x6C79_6765_6E65_7261
            v3 = key1 ^ 0x7465_6462_7974_6573
        }

        mutating func round() {
            v0 &+= v1
            v1 = rotate(v1, 13) ^ v0
            v0 = rotate(v0, 32)
            v2 &+= v3
            v3 = rotate(v3, 16) ^ v2
            v0 &+= v3
            v3 = rotate(v3, 21) ^ v0
            v2 &+= v1
            v1 = rotate(v1, 17) ^ v2
            v2 = rotate(v2, 32)
        }

        private func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
            value << bits | value >> (64 - bits)
        }

        mutating func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }

        mutating func finish() -> UInt64 {
            v2 ^= 0xFF
            for _ in 0..<4 { round() }
            return v0 ^ v1 ^ v2 ^ v3
        }
    }
}

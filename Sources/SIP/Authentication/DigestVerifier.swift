public import Base
import Crypto

/// How a ``DigestVerifier`` challenges and how long its nonces live.
public struct DigestVerifierConfiguration: Sendable {
    /// The algorithms on offer, the preferred one first (RFC 8760 §2.4).
    public var algorithms: [DigestAlgorithm] = [.md5]
    /// How long a nonce is good (`nonce-ttl`).
    public var nonceLifetime: Duration = .seconds(60)
    /// Whether credentials without qop are taken; their nonces are good for one request.
    public var allowsLegacy = true
    /// How many nonces in use are remembered; the oldest become stale beyond that.
    public var nonceLimit = 100_000

    /// The defaults.
    public init() {}
}

/// What a ``DigestVerifier`` makes of credentials.
public enum DigestVerdict: Hashable, Sendable {
    /// The peer knows the secret and the nonce is fresh.
    case accepted
    /// The peer knows the secret, but the nonce is unknown, too old or used before: challenge with `stale=true`.
    case stale
    /// The peer does not know the secret.
    case refused
}

/// Makes challenges and verifies the answers (RFC 7616, RFC 3261 §22.4).
///
/// A nonce carries its time and serial number under a MAC, so that a challenge costs no memory. A nonce is remembered
/// once somebody has proved to know a password with it, with a window over the counts that have been used; who cannot
/// authenticate cannot fill that table. Whether the digest-URI fits the request is left to the caller
/// (``DigestCredentials/isMeant(for:)``).
public struct DigestVerifier: Sendable {
    private let configuration: DigestVerifierConfiguration
    /// The MAC of nothing: each nonce goes on from a copy, the key is prepared once.
    private let keyed: HMAC<SHA256>
    private var serial: UInt64 = 0
    private var replays: ReplayTable

    /// A verifier with a key of at least 16 octets that nobody can guess.
    ///
    /// Nonces of a verifier with another key count as stale.
    public init(configuration: DigestVerifierConfiguration, secretKey: [UInt8]) {
        self.configuration = configuration
        keyed = HMAC(key: SymmetricKey(data: secretKey))
        replays = ReplayTable(limit: configuration.nonceLimit)
    }

    /// How many nonces in use are remembered.
    public var rememberedNonces: Int { replays.count }

    /// Values of WWW-Authenticate or Proxy-Authenticate, one for each algorithm; they go into the response together.
    public mutating func challenges(realm: String, isStale: Bool = false, at now: MonotonicInstant) -> [String] {
        configuration.algorithms.map { algorithm in
            DigestChallenge(realm: realm, nonce: makeNonce(realm, now), algorithm: algorithm, isStale: isStale)
                .headerValue
        }
    }

    /// Checks credentials against the secret of the user that they name.
    public mutating func verify(
        _ credentials: DigestCredentials,
        method: SIPMethod,
        secret: DigestSecret,
        at now: MonotonicInstant
    ) -> DigestVerdict {
        guard configuration.algorithms.contains(credentials.algorithm),
            credentials.qop != nil || configuration.allowsLegacy
        else { return .refused }
        let expected = credentials.expectedResponse(method: method, secret: secret)
        guard Self.isSame(expected, credentials.response) else { return .refused }
        guard let nonce = currentNonce(of: credentials, at: now) else { return .stale }
        replays.forget(issuedBefore: now, lifetime: configuration.nonceLifetime)
        let isFresh =
            if let count = credentials.nonceCount {
                replays.use(nonce.serial, count: count, issued: nonce.issued)
            } else {
                replays.useUp(nonce.serial, issued: nonce.issued)
            }
        return isFresh ? .accepted : .stale
    }

    /// Whether the nonce of credentials is ours and not too old, so that whoever has it has got a challenge of ours.
    ///
    /// It may have been used before.
    public func isCurrent(_ credentials: DigestCredentials, at now: MonotonicInstant) -> Bool {
        currentNonce(of: credentials, at: now) != nil
    }

    /// When the nonce of credentials was made; `nil` for one that is not ours.
    public func issueTime(of credentials: DigestCredentials) -> MonotonicInstant? {
        readNonce(credentials.nonce, credentials.realm)?.issued
    }

    // MARK: Nonces

    /// Time, serial number and MAC: 8 + 8 + 12 octets in hexadecimal.
    private mutating func makeNonce(_ realm: String, _ now: MonotonicInstant) -> String {
        serial &+= 1
        let text = HexToken.text(UInt64(bitPattern: now.nanoseconds)) + HexToken.text(serial)
        return text + mac(text, realm)
    }

    private func currentNonce(
        of credentials: DigestCredentials,
        at now: MonotonicInstant
    ) -> (issued: MonotonicInstant, serial: UInt64)? {
        guard let nonce = readNonce(credentials.nonce, credentials.realm), nonce.issued <= now,
            now - nonce.issued <= configuration.nonceLifetime
        else { return nil }
        return nonce
    }

    private func readNonce(_ nonce: String, _ realm: String) -> (issued: MonotonicInstant, serial: UInt64)? {
        let bytes = nonce.utf8
        let length = HexToken.length
        guard bytes.count == 2 * length + 24, let time = HexToken.number(bytes.prefix(length)),
            let serial = HexToken.number(bytes.dropFirst(length).prefix(length)),
            Self.isSame(mac(String(nonce.prefix(2 * length)), realm), String(nonce.dropFirst(2 * length)))
        else { return nil }
        return (MonotonicInstant(nanoseconds: Int64(bitPattern: time)), serial)
    }

    private func mac(_ text: String, _ realm: String) -> String {
        var code = keyed
        code.update(data: Array((text + realm).utf8))
        return Hexadecimal.text(code.finalize().prefix(12))
    }

    /// Compares without telling by its duration where the difference is; the case of hexadecimal digits aside.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.utf8.span, right.utf8.span)
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for position in left.indices { difference |= left[position].lowercasedASCII ^ right[position].lowercasedASCII }
        return difference == 0
    }
}

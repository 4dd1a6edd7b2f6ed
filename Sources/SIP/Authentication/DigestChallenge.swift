import Base

/// A challenge: a value of WWW-Authenticate or Proxy-Authenticate (RFC 7616 §3.3).
public struct DigestChallenge: Hashable, Sendable {
    /// Whose password is asked for.
    public var realm: String
    /// The server's nonce.
    public var nonce: String
    /// What the client has to give back unchanged.
    public var opaque: String?
    /// The hash.
    public var algorithm: DigestAlgorithm
    /// The qualities of protection on offer; empty from servers of RFC 2069.
    public var qop: [String]
    /// Whether only the nonce was wrong, so that the password need not be asked for again.
    public var isStale: Bool

    /// A challenge with `qop="auth"`.
    public init(realm: String, nonce: String, algorithm: DigestAlgorithm, isStale: Bool = false) {
        (self.realm, self.nonce, self.algorithm, self.isStale) = (realm, nonce, algorithm, isStale)
        (opaque, qop) = (nil, ["auth"])
    }

    /// Reads a header value; `nil` for other schemes, unknown algorithms, and without realm or nonce.
    public init?(parsing text: String) {
        guard let fields = DigestFields(parsing: text), let realm = fields["realm"], let nonce = fields["nonce"],
            let algorithm = DigestAlgorithm(name: fields["algorithm"] ?? "MD5")
        else { return nil }
        self.init(realm: realm, nonce: nonce, algorithm: algorithm)
        opaque = fields["opaque"]
        qop = (fields["qop"] ?? "").split { $0 == "," || $0 == " " }.map { String($0).lowercased() }
        isStale = fields["stale"]?.equalsIgnoringASCIICase("true") ?? false
    }

    /// The header value as it is sent.
    public var headerValue: String {
        var text = "Digest realm=\(DigestFields.quoted(realm)), nonce=\(DigestFields.quoted(nonce))"
        if let opaque { text += ", opaque=\(DigestFields.quoted(opaque))" }
        if isStale { text += ", stale=true" }
        text += ", algorithm=\(algorithm.name)"
        if !qop.isEmpty { text += ", qop=\"\(qop.joined(separator: ","))\"" }
        return text
    }

    /// The quality that protects the body too (RFC 7616 §3.4.3).
    static let integrity = "auth-int"

    /// The quality of an answer; `nil` in the legacy form, and where we know none that is on offer.
    var quality: String? { ["auth", Self.integrity].first { qop.contains($0) } }

    /// Whether we can answer: qop is absent or offers what we know.
    var isAnswerable: Bool { qop.isEmpty || quality != nil }
}

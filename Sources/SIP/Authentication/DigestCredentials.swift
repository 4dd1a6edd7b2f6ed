import Base

/// The proof of knowing a password: a value of Authorization or Proxy-Authorization (RFC 7616 §3.4).
public struct DigestCredentials: Hashable, Sendable {
    /// Who claims to know the password.
    public var username: String
    /// The realm of the challenge.
    public var realm: String
    /// The nonce of the challenge.
    public var nonce: String
    /// The digest-URI, which should be that of the request.
    public var uri: String
    /// The proof, in hexadecimal.
    public var response: String
    /// The hash.
    public var algorithm: DigestAlgorithm
    /// The client's nonce; only with ``qop``.
    public var cnonce: String?
    /// What the challenge asked to be given back.
    public var opaque: String?
    /// `auth`, `auth-int` in what we send, or `nil` in the legacy form.
    public var qop: String?
    /// How often the client has used the nonce; only with ``qop``.
    public var nonceCount: UInt32?

    /// Reads a header value; `nil` for other schemes, unknown algorithms or qualities, and when a field is missing.
    public init?(parsing text: String) {
        guard let fields = DigestFields(parsing: text),
            let username = fields["username"], let realm = fields["realm"], let nonce = fields["nonce"],
            let uri = fields["uri"], let response = fields["response"],
            let algorithm = DigestAlgorithm(name: fields["algorithm"] ?? "MD5")
        else { return nil }
        (self.username, self.realm, self.nonce, self.uri) = (username, realm, nonce, uri)
        (self.response, self.algorithm, opaque) = (response, algorithm, fields["opaque"])
        cnonce = fields["cnonce"]
        guard let qop = fields["qop"] else {
            // A session key needs a cnonce, whatever the quality (RFC 7616 §3.4.2).
            if algorithm.isSession, cnonce == nil { return nil }
            return
        }
        guard qop.equalsIgnoringASCIICase("auth"), cnonce != nil, let count = fields["nc"], count.utf8.count == 8,
            let nonceCount = UInt32(count, radix: 16)
        else { return nil }
        self.qop = qop
        self.nonceCount = nonceCount
    }

    /// The answer to a challenge; with `qop=auth` where it is on offer, else with `auth-int` where that is.
    ///
    /// - Parameter body: What `auth-int` protects.
    public init(
        answering challenge: DigestChallenge,
        account: DigestAccount,
        method: SIPMethod,
        uri: String,
        body: [UInt8] = [],
        cnonce: String,
        nonceCount: UInt32
    ) {
        (username, realm, nonce) = (account.username, challenge.realm, challenge.nonce)
        (self.uri, algorithm, opaque) = (uri, challenge.algorithm, challenge.opaque)
        response = ""
        if let quality = challenge.quality {
            (qop, self.cnonce, self.nonceCount) = (quality, cnonce, nonceCount)
        } else if challenge.algorithm.isSession {
            self.cnonce = cnonce
        }
        let bodyHash = qop == DigestChallenge.integrity ? algorithm.hash(of: body) : nil
        response = expectedResponse(method: method, secret: account.secret, bodyHash: bodyHash)
    }

    /// The header value as it is sent.
    public var headerValue: String {
        var text = "Digest username=\(DigestFields.quoted(username)), realm=\(DigestFields.quoted(realm))"
        text += ", nonce=\(DigestFields.quoted(nonce)), uri=\(DigestFields.quoted(uri)), response=\"\(response)\""
        text += ", algorithm=\(algorithm.name)"
        if let cnonce { text += ", cnonce=\(DigestFields.quoted(cnonce))" }
        if let opaque { text += ", opaque=\(DigestFields.quoted(opaque))" }
        if let qop { text += ", qop=\(qop), nc=\(nonceCountText)" }
        return text
    }

    /// The response that the secret gives with everything else in these credentials (RFC 7616 §3.4.1).
    ///
    /// - Parameter bodyHash: The hash of the body, which `auth-int` protects too.
    public func expectedResponse(method: SIPMethod, secret: DigestSecret, bodyHash: String? = nil) -> String {
        var a1 =
            switch secret {
            case .password(let password): algorithm.hash(username, realm, password)
            case .a1Hash(let hash): hash.lowercased()
            }
        if algorithm.isSession { a1 = algorithm.hash(a1, nonce, cnonce ?? "") }
        let a2 = bodyHash.map { algorithm.hash(method.name, uri, $0) } ?? algorithm.hash(method.name, uri)
        guard let qop else { return algorithm.hash(a1, nonce, a2) }
        return algorithm.hash(a1, nonce, nonceCountText, cnonce ?? "", qop, a2)
    }

    private var nonceCountText: String {
        let digits = String(nonceCount ?? 0, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}

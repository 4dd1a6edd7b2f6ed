/// What proves that somebody knows a password.
public enum DigestSecret: Hashable, Sendable {
    /// The password itself.
    case password(String)
    /// H(user:realm:password) in hexadecimal (`a1-hash`); good for one realm and the algorithm it was made with.
    case a1Hash(String)
}

/// A user name and its secret, to answer challenges to our own requests with.
public struct DigestAccount: Hashable, Sendable {
    /// The user name.
    public var username: String
    /// The secret.
    public var secret: DigestSecret
    /// The only realm whose challenges are answered; all when `nil`.
    public var realm: String?

    /// An account for one realm or for all.
    public init(username: String, secret: DigestSecret, realm: String? = nil) {
        (self.username, self.secret, self.realm) = (username, secret, realm)
    }
}

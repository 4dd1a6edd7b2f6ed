/// A user's registration as `show registrations` lists it.
public struct RegistrationListing: Sendable {
    /// The user.
    public var user: String
    /// The domain that the user registered in.
    public var realm: String
    /// What names the registration: the Call-ID.
    public var token: String
    /// The dial string that reaches the user.
    public var url: String
    /// When it ends, in seconds since 1970.
    public var expires: Int64
    /// The address that it came from.
    public var networkAddress: String
    /// The port that it came from.
    public var networkPort: String
    /// The transport: `udp`.
    public var networkProtocol: String

    /// A registration.
    public init(
        user: String,
        realm: String,
        token: String,
        url: String,
        expires: Int64,
        networkAddress: String,
        networkPort: String,
        networkProtocol: String
    ) {
        (self.user, self.realm, self.token, self.url) = (user, realm, token, url)
        (self.expires, self.networkAddress) = (expires, networkAddress)
        (self.networkPort, self.networkProtocol) = (networkPort, networkProtocol)
    }
}

/// Tells of the registrations that a module holds.
public typealias RegistrationSource = @Sendable () async -> [RegistrationListing]

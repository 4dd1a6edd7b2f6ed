import NIOSSL

/// What a client asks of servers' certificates, and what it shows of its own.
public struct ClientTLSSettings: Hashable, Sendable {
    /// How much of a server's certificate is checked.
    public enum Verification: Hashable, Sendable {
        /// Nothing: whoever is on the way may be the server.
        case none
        /// That an authority has signed it, for whatever host.
        case authority
        /// That an authority has signed it for this host (RFC 9525).
        case host
    }

    /// The oldest version of TLS.
    public enum Version: Hashable, Sendable {
        /// TLS 1.2; what is older is not secure (RFC 8996).
        case tls12
        /// TLS 1.3.
        case tls13
    }

    /// What the client shows of itself.
    public struct Identity: Hashable, Sendable {
        /// A file with its certificate and those of the authorities between (PEM).
        public var certificate: String
        /// A file with the certificate's private key (PEM).
        public var key: String
        /// What the key is encrypted with.
        public var password: String?

        /// Makes one.
        public init(certificate: String, key: String, password: String? = nil) {
            (self.certificate, self.key, self.password) = (certificate, key, password)
        }
    }

    /// How much is checked.
    public var verification = Verification.host
    /// A file with the certificates of the authorities (PEM); `nil` for those that the system trusts.
    public var authorities: String?
    /// What the client shows; `nil` for nothing.
    public var identity: Identity?
    /// The oldest version.
    public var oldestVersion = Version.tls12

    /// Checks everything and shows nothing.
    public init() {}
}

/// The certificates of a client, read and ready.
public struct ClientTLS: Sendable {
    let context: NIOSSLContext
    /// Whether the client shows a certificate of its own.
    let hasIdentity: Bool

    /// Reads the files that the settings name.
    public init(_ settings: ClientTLSSettings = ClientTLSSettings()) throws(TLSFault) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification =
            switch settings.verification {
            case .none: .none
            case .authority: .noHostnameVerification
            case .host: .fullVerification
            }
        configuration.minimumTLSVersion =
            switch settings.oldestVersion {
            case .tls12: .tlsv12
            case .tls13: .tlsv13
            }
        if let path = settings.authorities {
            configuration.trustRoots = .certificates(try PEMFile.certificates(in: path))
        }
        if let identity = settings.identity {
            configuration.certificateChain = try PEMFile.certificates(in: identity.certificate).map { .certificate($0) }
            configuration.privateKey = .privateKey(try PEMFile.key(in: identity.key, password: identity.password))
        }
        hasIdentity = settings.identity != nil
        context = try PEMFile.context(configuration)
    }
}

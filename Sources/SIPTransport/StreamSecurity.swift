import NIOSSL

/// What connections with TLS show, and want to see: TLS 1.2 at least (RFC 8996).
public struct StreamSecurity: Sendable {
    /// What a configuration says of it.
    public struct Settings: Hashable, Sendable {
        /// How much of the certificate of a server that is connected to is looked at.
        public enum Verification: Hashable, Sendable {
            /// Nothing: whoever is on the way may be the server.
            case none
            /// That an authority has signed it, for whatever host.
            case authority
            /// That an authority has signed it for this host (RFC 5922 §7.2).
            case host
        }

        /// A file with the certificate that is shown, those of the authorities between, and its key (PEM).
        public var identity: String
        /// What the key is encrypted with.
        public var password: String?
        /// A file with the certificates of the authorities (PEM); `nil` for those that the system trusts.
        public var authorities: String?
        /// How much of servers' certificates is looked at.
        public var servers = Verification.host
        /// Whether those who connect have to show a certificate that an authority has signed.
        public var wantsClientCertificates = false
        /// Whether TLS 1.2 is too old.
        public var isNewestOnly = false

        /// Checks servers, and lets everybody connect.
        public init(identity: String) { self.identity = identity }
    }

    /// Why it cannot be used.
    public struct Fault: Error, CustomStringConvertible {
        /// Which file, and why.
        public let description: String
    }

    let client: NIOSSLContext
    let server: NIOSSLContext

    /// Reads the files that the settings name.
    public init(_ settings: Settings) throws(Fault) {
        let chain = try Self.reading(settings.identity) {
            try NIOSSLCertificate.fromPEMFile(settings.identity).map { NIOSSLCertificateSource.certificate($0) }
        }
        let key = try Self.reading(settings.identity) {
            guard let password = settings.password else {
                return try NIOSSLPrivateKey(file: settings.identity, format: .pem)
            }
            return try NIOSSLPrivateKey(file: settings.identity, format: .pem) { $0(password.utf8) }
        }
        var roots = NIOSSLTrustRoots.default
        if let authorities = settings.authorities {
            roots = .certificates(try Self.reading(authorities) { try NIOSSLCertificate.fromPEMFile(authorities) })
        }
        var client = TLSConfiguration.makeClientConfiguration()
        client.certificateVerification =
            switch settings.servers {
            case .none: .none
            case .authority: .noHostnameVerification
            case .host: .fullVerification
            }
        (client.certificateChain, client.privateKey) = (chain, .privateKey(key))
        var server = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        if settings.wantsClientCertificates { server.certificateVerification = .noHostnameVerification }
        (client.trustRoots, server.trustRoots) = (roots, roots)
        let oldest: TLSVersion = settings.isNewestOnly ? .tlsv13 : .tlsv12
        (client.minimumTLSVersion, server.minimumTLSVersion) = (oldest, oldest)
        let (forClients, forServers) = (client, server)
        self.client = try Self.reading("the certificates") { try NIOSSLContext(configuration: forClients) }
        self.server = try Self.reading("the certificates") { try NIOSSLContext(configuration: forServers) }
    }

    private static func reading<Value>(_ what: String, _ body: () throws -> Value) throws(Fault) -> Value {
        do {
            return try body()
        } catch {
            throw Fault(description: "\(what): \(error)")
        }
    }
}

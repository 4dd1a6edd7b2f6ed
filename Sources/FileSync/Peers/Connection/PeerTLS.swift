import Base
import NIOCore
import NIOSSL
import Synchronization

/// TLS 1.3 between peers: both show a certificate.
struct PeerTLS: Sendable {
    /// What the connection is for (ALPN).
    private static let applicationProtocol = "tandem-sync"

    private let server: NIOSSLContext
    private let client: NIOSSLContext
    /// Whether an authority vouches for certificates; else they are known by their fingerprints alone.
    let hasAuthority: Bool

    /// Reads what is needed.
    ///
    /// - Parameter authority: A file with the certificates of a private authority.
    init(_ identity: NodeIdentity, authority: String?) throws(NodeIdentity.Fault) {
        hasAuthority = authority != nil
        do {
            let roots = try authority.map { try NIOSSLCertificate.fromPEMFile($0) } ?? []
            let chain = identity.chain.map { NIOSSLCertificateSource.certificate($0) }
            var serving = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain,
                privateKey: .privateKey(identity.key)
            )
            var calling = TLSConfiguration.makeClientConfiguration()
            calling.certificateChain = chain
            calling.privateKey = .privateKey(identity.key)
            serving.certificateVerification = .noHostnameVerification
            calling.certificateVerification = authority == nil ? .noHostnameVerification : .fullVerification
            server = try NIOSSLContext(configuration: Self.common(serving, roots))
            client = try NIOSSLContext(configuration: Self.common(calling, roots))
        } catch {
            throw NodeIdentity.Fault(description: "\(authority ?? "the certificate"): \(error)")
        }
    }

    private static func common(_ configuration: TLSConfiguration, _ roots: [NIOSSLCertificate]) -> TLSConfiguration {
        var configuration = configuration
        configuration.minimumTLSVersion = .tlsv13
        configuration.trustRoots = .certificates(roots)
        configuration.applicationProtocols = [applicationProtocol]
        return configuration
    }

    /// For a connection that somebody made to this node.
    ///
    /// - Parameter check: Asked where no authority vouches for a certificate.
    func serverHandler(_ check: CertificateCheck) -> NIOSSLServerHandler {
        guard !hasAuthority else { return NIOSSLServerHandler(context: server) }
        return NIOSSLServerHandler(context: server, customVerificationCallback: Self.callback(check))
    }

    /// For a connection that this node makes.
    ///
    /// - Parameter name: What the peer is called, which is in its certificate where an authority vouches for it.
    func clientHandler(_ name: NodeName, _ check: CertificateCheck) throws -> NIOSSLClientHandler {
        guard !hasAuthority else { return try NIOSSLClientHandler(context: client, serverHostname: name.text) }
        return try NIOSSLClientHandler(
            context: client,
            serverHostname: nil,
            customVerificationCallback: Self.callback(check)
        )
    }

    private static func callback(_ check: CertificateCheck) -> NIOSSLCustomVerificationCallback {
        { certificates, promise in
            // That the peer has the key of the first one is for TLS to see.
            let bytes = try? certificates.first?.toDERBytes()
            promise.succeed(bytes.map { check.admits(Fingerprint(of: $0)) } == true ? .certificateVerified : .failed)
        }
    }
}

/// Whether a certificate is that of a peer, and which one was not.
final class CertificateCheck: Sendable {
    private let isKnown: @Sendable (Fingerprint) -> Bool
    private let last = Mutex<Fingerprint?>(nil)

    init(isKnown: @escaping @Sendable (Fingerprint) -> Bool) {
        self.isKnown = isKnown
    }

    /// The certificate that was refused.
    var refused: Fingerprint? { last.withLock { $0 } }

    func admits(_ fingerprint: Fingerprint) -> Bool {
        let isKnown = isKnown(fingerprint)
        if !isKnown { last.withLock { $0 = fingerprint } }
        return isKnown
    }
}

/// What a peer has shown of itself.
struct ShownCertificate: Sendable {
    /// What the certificate is known by.
    let fingerprint: Fingerprint
    /// The names in it.
    let names: [String]

    /// That of a connection whose handshake is over.
    init?(_ certificate: NIOSSLCertificate?) {
        guard let certificate, let bytes = try? certificate.toDERBytes() else { return nil }
        fingerprint = Fingerprint(of: bytes)
        names = certificate._subjectAlternativeNames().compactMap { name in
            guard name.nameType == .dnsName else { return nil }
            return String(decoding: name.contents, as: UTF8.self).lowercased()
        }
    }
}

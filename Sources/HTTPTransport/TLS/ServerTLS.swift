import NIOSSL

/// The certificate of a server, read and ready: TLS 1.2 at least, as RFC 8996 wants it.
public struct ServerTLS: Sendable {
    let context: NIOSSLContext

    /// Reads a certificate and its key.
    ///
    /// - Parameters:
    ///   - certificate: A file with the certificate and those of the authorities between (PEM).
    ///   - key: A file with the private key (PEM).
    public init(certificate: String, key: String) throws(TLSFault) {
        let chain = try PEMFile.certificates(in: certificate)
        guard !chain.isEmpty else { throw TLSFault(description: "\(certificate): there is no certificate in it") }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try PEMFile.key(in: key))
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        context = try PEMFile.context(configuration)
    }
}

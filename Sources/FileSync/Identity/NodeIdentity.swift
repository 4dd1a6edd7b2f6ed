import Base
import NIOSSL
import XMLConfig

/// The key and the certificate by which a node is known.
public struct NodeIdentity: Sendable {
    /// A file that cannot be used, or made.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// Which, and why.
        public let description: String
    }

    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    /// What the certificate is known by.
    public let fingerprint: Fingerprint
    /// Whether others than the owner may read the key.
    public let isReadable: Bool

    /// Reads a file with a private key and its certificate, and those of the authorities between (PEM).
    public init(path: String) throws(Fault) {
        guard LocalFile.permissions(path) != nil else {
            throw Fault(description: "\(path) is not there: `tandem sync init` makes it")
        }
        do {
            chain = try NIOSSLCertificate.fromPEMFile(path)
            key = try NIOSSLPrivateKey(file: path, format: .pem)
            guard let first = chain.first else { throw Fault(description: "there is no certificate in it") }
            fingerprint = Fingerprint(of: try first.toDERBytes())
        } catch {
            throw Fault(description: "\(path): \(error)")
        }
        isReadable = LocalFile.permissions(path).map { $0 & 0o007 != 0 } ?? false
    }

    /// Makes a key and a certificate, and writes them into a file that only its owner may read.
    ///
    /// - Returns: What the certificate is known by.
    /// - Throws: When there is such a file and it is not to be replaced, or it cannot be written.
    public static func make(_ name: NodeName, path: String, replacing: Bool = false) throws(Fault) -> Fingerprint {
        guard replacing || LocalFile.permissions(path) == nil else {
            throw Fault(description: "\(path) is there already: peers know its fingerprint")
        }
        do {
            try LocalDirectory.make(above: path)
            let certificate = try SelfSignedCertificate(for: name)
            try LocalFiles.replace(path, with: Array(certificate.text.utf8), isDurable: true)
            return certificate.fingerprint
        } catch {
            throw Fault(description: "\(path): \(error)")
        }
    }
}

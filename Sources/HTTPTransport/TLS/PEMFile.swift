import NIOSSL

/// A file for TLS that cannot be used.
public struct TLSFault: Error, CustomStringConvertible {
    /// Which, and why.
    public let description: String
}

/// Reads the files of certificates and keys.
enum PEMFile {
    /// The certificates that a file has, in its order.
    static func certificates(in path: String) throws(TLSFault) -> [NIOSSLCertificate] {
        try reading(path) { try NIOSSLCertificate.fromPEMFile(path) }
    }

    /// The private key that a file has.
    ///
    /// - Parameter password: What it is encrypted with.
    static func key(in path: String, password: String? = nil) throws(TLSFault) -> NIOSSLPrivateKey {
        try reading(path) {
            guard let password else { return try NIOSSLPrivateKey(file: path, format: .pem) }
            return try NIOSSLPrivateKey(file: path, format: .pem) { $0(password.utf8) }
        }
    }

    /// What connections are made with: this reads the authorities that the system trusts, and sees whether a key is that
    /// of its certificate.
    static func context(_ configuration: TLSConfiguration) throws(TLSFault) -> NIOSSLContext {
        try reading("the certificates") { try NIOSSLContext(configuration: configuration) }
    }

    private static func reading<Value>(_ what: String, _ body: () throws -> Value) throws(TLSFault) -> Value {
        do {
            return try body()
        } catch {
            throw TLSFault(description: "\(what): \(error)")
        }
    }
}

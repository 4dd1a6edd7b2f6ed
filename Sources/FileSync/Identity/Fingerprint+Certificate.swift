import Crypto

extension Fingerprint {
    /// That of a certificate.
    ///
    /// - Parameter encoding: The certificate's distinguished encoding (DER).
    public init(of encoding: [UInt8]) {
        self.init(hash: Array(SHA256.hash(data: encoding)))
    }
}

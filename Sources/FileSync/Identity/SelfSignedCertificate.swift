import Base
import Crypto

/// A new key (ECDSA on P-256) and a certificate of a node that it signs itself.
///
/// Peers know the certificate by its fingerprint, so nobody else has to vouch for it, and it does not expire: no clock
/// and no date stops a folder.
struct SelfSignedCertificate {
    private typealias DER = DistinguishedEncoding

    private static let begins = "200101000000Z"
    /// "No date at which it ends" (RFC 5280 §4.1.2.5).
    private static let ends = "99991231235959Z"
    private static let lineLength = 64

    private let key: P256.Signing.PrivateKey
    /// The certificate's encoding.
    let encoding: [UInt8]

    /// Makes both.
    init(for name: NodeName) throws {
        key = P256.Signing.PrivateKey()
        let body = Self.body(name, key: Array(key.publicKey.derRepresentation))
        let signature = try key.signature(for: body)
        encoding = DER.value(
            .sequence,
            [body, Self.algorithm, DER.bits(Array(signature.derRepresentation))]
        )
    }

    /// What it is known by.
    var fingerprint: Fingerprint { Fingerprint(of: encoding) }

    /// Key and certificate as a file has them (PEM).
    var text: String { Self.block("PRIVATE KEY", Array(key.derRepresentation)) + Self.block("CERTIFICATE", encoding) }

    // MARK: - The parts (RFC 5280 §4.1)

    private static var algorithm: [UInt8] { DER.value(.sequence, DER.identifier([1, 2, 840, 10_045, 4, 3, 2])) }

    private static func body(_ name: NodeName, key: [UInt8]) -> [UInt8] {
        // Nobody counts these certificates; random numbers of 120 bits are as good (§4.1.2.2).
        let serial = (0..<15).map { _ in UInt8.random(in: .min ... .max) }
        let whose = DER.value(
            .sequence,
            DER.value(
                .set,
                DER.value(.sequence, [DER.identifier([2, 5, 4, 3]), DER.value(.text, Array(name.text.utf8))])
            )
        )
        let validity = DER.value(
            .sequence,
            [DER.value(.time, Array(begins.utf8)), DER.value(.longTime, Array(ends.utf8))]
        )
        return DER.value(
            .sequence,
            [
                DER.value(.version, DER.integer([2])), DER.integer(serial), algorithm, whose, validity, whose, key,
                DER.value(.extensions, DER.value(.sequence, extensions(name))),
            ]
        )
    }

    private static func extensions(_ name: NodeName) -> [[UInt8]] {
        func one(_ last: UInt32, isCritical: Bool, _ content: [UInt8]) -> [UInt8] {
            DER.value(
                .sequence,
                [DER.identifier([2, 5, 29, last])] + (isCritical ? [DER.value(.boolean, [0xFF])] : [])
                    + [DER.value(.octetString, content)]
            )
        }
        return [
            // It is nobody's authority, signs the handshake, and is the node's of that name.
            one(19, isCritical: true, DER.value(.sequence, [UInt8]())),
            one(15, isCritical: true, DER.bits([0x80], unused: 7)),
            one(17, isCritical: false, DER.value(.sequence, DER.value(.dnsName, Array(name.text.utf8)))),
        ]
    }

    private static func block(_ title: String, _ bytes: [UInt8]) -> String {
        var rest = Substring(Base64.encode(bytes))
        var text = "-----BEGIN \(title)-----\n"
        while !rest.isEmpty {
            text += rest.prefix(lineLength) + "\n"
            rest = rest.dropFirst(lineLength)
        }
        return text + "-----END \(title)-----\n"
    }
}

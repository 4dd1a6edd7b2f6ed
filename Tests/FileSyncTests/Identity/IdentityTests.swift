import Base
import FileReplication
import Glibc
import NIOSSL
import TandemTesting
import Testing

@testable import FileSync

/// Keys, certificates and what they are known by.
struct IdentityTests {
    @Test func aNodeMakesItsCertificateOnce() throws {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/certs/file_sync.pem"
        let name = try #require(NodeName("a1.example"))
        let fingerprint = try NodeIdentity.make(name, path: path)
        #expect(LocalFile.permissions(path) == 0o600)
        let identity = try NodeIdentity(path: path)
        #expect(identity.fingerprint == fingerprint && !identity.isReadable)
        #expect(ShownCertificate(identity.chain.first)?.names == ["a1.example"])
        #expect(throws: NodeIdentity.Fault.self) { try NodeIdentity.make(name, path: path) }
        #expect(try NodeIdentity(path: path).fingerprint == fingerprint)
        #expect(try NodeIdentity.make(name, path: path, replacing: true) != fingerprint)
        #expect(throws: Never.self) { try PeerTLS(try NodeIdentity(path: path), authority: nil) }
    }

    @Test func aKeyThatOthersMayReadIsSeen() throws {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/key.pem"
        _ = try NodeIdentity.make(try #require(NodeName("a")), path: path)
        chmod(path, 0o644)
        #expect(try NodeIdentity(path: path).isReadable)
    }

    @Test(arguments: ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func aFileThatIsNoneSaysWhichOne(text: String) {
        let directory = TemporaryDirectory()
        let path = directory.write(text, to: "x.pem")
        let fault = #expect(throws: NodeIdentity.Fault.self) { try NodeIdentity(path: path) }
        #expect(fault?.description.hasPrefix(path) == true)
    }

    @Test func fingerprintsAreReadAsOthersWriteThem() throws {
        let fingerprint = Fingerprint(of: [1, 2, 3])
        let digits = "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"
        #expect("\(fingerprint)" == "SHA256:" + digits)
        let pairs = stride(from: 0, to: 64, by: 2).map { digits.dropFirst($0).prefix(2).uppercased() }
        for text in ["SHA256:" + digits, "sha256:" + digits, digits, pairs.joined(separator: ":")] {
            #expect(Fingerprint(text) == fingerprint, "\(text)")
        }
        for text in ["", "SHA256:", digits.dropLast() + "", digits + "00", "MD5:" + digits, digits.dropLast() + "g"] {
            #expect(Fingerprint(String(text)) == nil, "\(text)")
        }
    }

    @Test func aNodesNumberFollowsFromItsName() throws {
        let one = try #require(NodeName("a1"))
        #expect(one.id == NodeName("A1")?.id)
        #expect(one.id != NodeName("a2")?.id)
        #expect(one.id == NodeID(0xF55F_F16F_66F4_3360))
        for text in ["", "a b", "a/b", "ä", "a\n", String(repeating: "a", count: 64)] {
            #expect(NodeName(text) == nil, "\(text)")
        }
    }
}
